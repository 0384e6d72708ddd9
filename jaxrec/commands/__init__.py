"""What the command line does, as functions: one file a command, on a run folder."""
