# shellcheck shell=bash disable=SC2207
# Written by tools/exeseal/completions/generate. Do not edit.

declare -gA _exeseal_options=(
    [run]="-h --mode --require --max-bytes --name --reclaimable --small-pages --huge-pages --drop-privileges --tmp-dir --report --close-fds --death-signal --chdir --umask --caps --no-new-privs --landlock --landlock-if-possible --keep-fd --clean-env --env --help"
    [resolve]="-h --dirs --json --help"
    [inspect]="-h --fd --json --help"
    [doctor]="-h --json --help"
    [help]="-h --help"
)

# The kind and the values of the argument of an option. "optional": it follows "=" in the same word.
declare -gA _exeseal_arguments=(
    ["run --mode"]="list independent-data-copy ro-shared-page"
    ["run --require"]="list read-only sealed x-sealed own-pages peer-sealed landlock stable"
    ["run --max-bytes"]="other"
    ["run --name"]="other"
    ["run --tmp-dir"]="directory"
    ["run --report"]="optional one json"
    ["run --death-signal"]="one HUP INT QUIT KILL USR1 USR2 TERM"
    ["run --chdir"]="directory"
    ["run --umask"]="other"
    ["run --caps"]="other"
    ["run --keep-fd"]="other"
    ["run --env"]="other"
    ["resolve --dirs"]="directory"
    ["inspect --fd"]="other"
)

_exeseal_files() {
    COMPREPLY=($(compgen "$@" -- "$current"))
    compopt -o filenames 2>/dev/null || :
}

_exeseal_words() {
    COMPREPLY=($(compgen -W "$1" -- "$current"))
}

# The last name of a list that is joined by commas.
_exeseal_list() {
    local before=
    [[ $current != *,* ]] || before=${current%,*},
    COMPREPLY=($(compgen -P "$before" -W "$1" -- "${current##*,}"))
    compopt -o nospace 2>/dev/null || :
}

_exeseal_argument() { # KIND VALUES
    case $1 in
    list) _exeseal_list "$2" ;;
    one) _exeseal_words "$2" ;;
    directory) _exeseal_files -d ;;
    esac
}

# Completes the arguments of the program by its own completion, if there is one, or as files.
_exeseal_program() {
    local i argument
    for ((i = 2; i < COMP_CWORD; i++)); do
        argument=${_exeseal_arguments[run ${COMP_WORDS[i]}]-}
        case ${COMP_WORDS[i]} in
        --) ((i++)) && break ;;
        -*)
            [[ -z $argument || $argument == optional* || ${COMP_WORDS[i + 1]} == = ]] || ((i++))
            ;;
        =) ((i++)) ;;
        *) break ;;
        esac
    done
    ((i < COMP_CWORD)) || return
    if declare -F _command_offset >/dev/null; then
        _command_offset "$i"
    else
        _exeseal_files -f
    fi
}

_exeseal() {
    local command=${COMP_WORDS[1]}
    local option=${COMP_WORDS[COMP_CWORD - 1]} current=${COMP_WORDS[COMP_CWORD]}
    local kind values is_joined=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _exeseal_words "${!_exeseal_options[*]} -h --help -V --version"
        return
    fi
    [[ $command != run ]] || ! _exeseal_program || return
    if [[ $current == = ]]; then
        current='' is_joined=yes
    elif [[ $option == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]} is_joined=yes
    fi
    read -r kind values <<<"${_exeseal_arguments[$command $option]-}"
    [[ $kind != optional || ! $is_joined ]] || read -r kind values <<<"$values"
    if [[ $kind && $kind != optional ]]; then
        _exeseal_argument "$kind" "$values"
    elif [[ $current == -* ]]; then
        _exeseal_words "${_exeseal_options[$command]-}"
    else
        case $command in
        help) _exeseal_words "${!_exeseal_options[*]}" ;;
        inspect) _exeseal_files -f ;;
        *) _exeseal_files -c -f ;;
        esac
    fi
}

complete -F _exeseal exeseal
