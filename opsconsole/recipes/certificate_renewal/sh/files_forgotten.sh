# Proves that the copies are gone and nothing else was touched. usage: files_forgotten.sh TOKEN
if keep_folder "$1"; then echo "$keep is still there"; exit 1; fi
echo "no copies are left"
