"""Link prediction on FB15k-237 and WN18RR."""
