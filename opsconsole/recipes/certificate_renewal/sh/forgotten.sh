# Proves that this run's copies are gone. usage: forgotten.sh TOKEN
if keep_folder "$1"; then echo "$keep is still there"; exit 1; fi
echo "no copy is left"
