# What is served now. usage: shown.sh  <LINES      ADDRESS PORT NAME ALGORITHM
# Writes for each line its fingerprint, or "-".
while read -r address port name algorithm; do
  shown "$address" "$port" "$name" "$algorithm"
  echo "${print:--}"
done
