/**
 * What shells are given to complete the program's words: each asks the program
 * for candidates, a line each with a description behind a tab, and a last line
 * that says what else fits. None of them runs anything that was typed.
 */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Also for Bash 3.2, which macOS has, without the package bash-completion. */
const BASH = `# Completion of imgjob for Bash. In ~/.bashrc: eval "$(imgjob completion bash)"
_imgjob() {
  local -a words=()
  local word line prefix='' rest=none count=0
  # Bash takes the = of --option=value for a word of its own.
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if ((count > 0)) && [[ $word == = && \${words[count - 1]} == --* || \${words[count - 1]} == --*= ]]; then
      words[count - 1]+=$word
    else
      words[count]=$word
      count=$((count + 1))
    fi
  done
  local current=\${words[count - 1]}
  [[ $current == --*=* && \${COMP_WORDS[COMP_CWORD]} != "$current" ]] && prefix=\${current%%=*}=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :* ]]; then
      rest=\${line#:}
      continue
    fi
    line=\${line%%$'\\t'*}
    [[ $line == "$current"* ]] && COMPREPLY+=("\${line#"$prefix"}")
  done < <(imgjob completion bash -- "\${words[@]}" 2> /dev/null)
  case $rest in
    none) compopt +o default 2> /dev/null ;;
    folders) compopt +o default -o dirnames 2> /dev/null ;;
    files)
      # Without candidates Bash completes files by itself.
      ((\${#COMPREPLY[@]} == 0)) && return
      compopt -o filenames 2> /dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${current#"$prefix"}")
      ;;
  esac
}
complete -o default -F _imgjob imgjob
`;

const ZSH = `#compdef imgjob
# Completion of imgjob for Zsh. In ~/.zshrc: eval "$(imgjob completion zsh)"
_imgjob() {
  local -a values
  local line rest=none result=1
  for line in "\${(@f)$(imgjob completion zsh -- "\${(@Q)words[2,CURRENT]}" 2> /dev/null)}"; do
    if [[ $line == :* ]]; then
      rest=\${line#:}
    elif [[ -n $line ]]; then
      values+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    fi
  done
  (( $#values )) && _describe imgjob values && result=0
  if [[ $rest != none ]]; then
    [[ $PREFIX == --*=* ]] && compset -P '*='
    if [[ $rest == folders ]]; then _files -/; else _files; fi && result=0
  fi
  return result
}
if [[ \${funcstack[1]} == _imgjob ]]; then
  _imgjob "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _imgjob imgjob
fi
`;

const FISH = `# Completion of imgjob for fish. In ~/.config/fish/config.fish: imgjob completion fish | source
function __imgjob_paths -a kind current
    set -l option (string match -r -- '^--[a-z-]+=' "$current")
    set -l path (string replace -r -- '^--[a-z-]+=' '' "$current")
    if test $kind = folders
        __fish_complete_directories "$path" '' | string replace -r -- '^' "$option"
    else
        __fish_complete_path "$path" | string replace -r -- '^' "$option"
    end
end
function __imgjob_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    for line in (imgjob completion fish -- $words "$current" 2>/dev/null)
        switch $line
            case ':files'
                __imgjob_paths files "$current"
            case ':folders'
                __imgjob_paths folders "$current"
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c imgjob -f -a '(__imgjob_complete)'
`;

const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH };

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}
