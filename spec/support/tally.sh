# For scripts that run several suites (. spec/support/tally.sh): adds up what
# they say, the last line "N passed, N failed" of each.

passed=0
failed=0

# fail TEXT: one failure more.
fail() {
    echo "$1"
    failed=$((failed + 1))
}

# tally STATUS LOG NAME: a run that does not say what passed, or ended badly
# although nothing failed, has failed itself.
tally() {
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$2" | tail -n 1)
    if [ -z "$line" ]; then
        fail "$3 did not say what passed"
        return
    fi
    ok=${line%% passed*}
    not_ok=${line#*, }
    not_ok=${not_ok%% failed*}
    passed=$((passed + ok))
    failed=$((failed + not_ok))
    [ "$1" -eq 0 ] || [ "$not_ok" -gt 0 ] || fail "$3 ended with status $1"
}

# The last line; true if something passed and nothing failed.
sum_up() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
