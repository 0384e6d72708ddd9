"""What training costs on this machine, before it begins."""
