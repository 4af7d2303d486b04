echo "nothing changed"
