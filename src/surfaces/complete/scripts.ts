export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** The script that a shell is to read; it asks `orchd __complete` at each Tab. */
export const completionScript = (shell: Shell): string => scripts[shell]

const bash = `# Completion of orchd for bash. In ~/.bashrc: eval "$(orchd completion bash)"
_orchd() {
  local words=() word line lines current prefix='' i
  # Bash splits words at "=" too: put them together again.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if ((\${#words[@]} > 0)) && [[ $word == '=' || \${COMP_WORDS[i - 1]} == '=' ]]; then
      words[\${#words[@]} - 1]+=$word
    else
      words+=("$word")
    fi
  done
  current=\${words[\${#words[@]} - 1]}
  [[ $current == *=* && $COMP_WORDBREAKS == *=* ]] && prefix=\${current%%=*}=
  COMPREPLY=()
  lines=$("$1" __complete -- "\${words[@]}" 2>/dev/null) || return 0
  while IFS= read -r line; do
    case $line in
      '') ;;
      :plans) _orchd_files "\${current#"$prefix"}" plans ;;
      :files) _orchd_files "\${current#"$prefix"}" files ;;
      :folders) _orchd_files "\${current#"$prefix"}" folders ;;
      *)
        line=\${line%%$'\\t'*}
        COMPREPLY+=("\${line#"$prefix"}")
        ;;
    esac
  done <<<"$lines"
}
_orchd_files() {
  local file
  compopt -o filenames 2>/dev/null
  while IFS= read -r file; do
    [[ $file != '' ]] && COMPREPLY+=("$file")
  done < <(
    case $2 in
      plans) compgen -d -- "$1"; compgen -f -X '!*.yaml' -- "$1"; compgen -f -X '!*.yml' -- "$1" ;;
      files) compgen -f -- "$1" ;;
      folders) compgen -d -- "$1" ;;
    esac
  )
}
complete -o nosort -F _orchd orchd 2>/dev/null || complete -F _orchd orchd
`

const zsh = `#compdef orchd
# Completion of orchd for zsh. In ~/.zshrc, behind compinit: eval "$(orchd completion zsh)"
_orchd() {
  local -a lines values
  local line
  lines=("\${(@f)$("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${lines[@]}"; do
    case $line in
      '') ;;
      :plans) _files -g '*.(yaml|yml)' ;;
      :files) compset -P '*='; _files ;;
      :folders) _files -/ ;;
      *) values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}") ;;
    esac
  done
  (( \${#values} )) && _describe -V 'orchd' values
}
if [[ \${funcstack[1]} == _orchd ]]; then
  _orchd "$@"
else
  compdef _orchd orchd
fi
`

const fish = `# Completion of orchd for fish. In ~/.config/fish/config.fish: orchd completion fish | source
function __orchd_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in (command $program __complete -- $words "$current" 2>/dev/null)
        switch $line
            case ''
            case ':plans'
                __fish_complete_suffix .yaml .yml
            case ':files'
                __fish_complete_path (string replace -r '^[^=]*=' '' -- "$current")
            case ':folders'
                __fish_complete_directories "$current"
            case '*'
                echo $line
        end
    end
end
complete -c orchd -f -k -a '(__orchd_complete)'
`

const scripts: { readonly [Name in Shell]: string } = { bash, zsh, fish }
