"""What a workflow can do. One file for each kind; `base` holds the table of them."""
