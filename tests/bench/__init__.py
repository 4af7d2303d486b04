"""Speed, as ratios against peers and floors that are measured in the same run (`make bench`)."""
