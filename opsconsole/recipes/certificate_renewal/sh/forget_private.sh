# Removes what a killed run left of an account's secret.
forget_private || fail "the secret of the CA's account cannot be removed"
