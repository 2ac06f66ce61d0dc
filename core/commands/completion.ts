import { type Command, exitCode } from './command.ts';
import { ownCommands } from './index.ts';
import { candidates } from './remote/candidates.ts';
import { type RemoteDefinition, remoteCommand } from './remote/command.ts';

const usage = `callbus completion bash | zsh | fish

Prints the completion of a shell. The names of functions, arguments and events come from the running server.

  bash   source <(callbus completion bash)
  zsh    source <(callbus completion zsh)
  fish   callbus completion fish | source
`;

/** The shells call `callbus completion words -- WORD…`, which prints the candidates for the last word. */
const scripts: { readonly [shell: string]: string } = {
  bash: `_callbus() {
  local line="\${COMP_LINE:0:COMP_POINT}" current="\${COMP_WORDS[COMP_CWORD]}" words typed prefix found IFS=$' \\t\\n'
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  typed="\${words[-1]}"
  # Bash parts words at "=" too, and replaces only what follows it.
  prefix="\${typed%"$current"}"
  [[ "$current" == "=" ]] && prefix="$typed"
  COMPREPLY=()
  while IFS= read -r found; do COMPREPLY+=("\${found#"$prefix"}"); done \\
    < <(callbus completion words -- "\${words[@]:1}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace
  return 0
}
complete -o default -F _callbus callbus
`,
  zsh: `#compdef callbus
_callbus() {
  local -a found
  found=("\${(@f)$(callbus completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -- \${found:#*=}
  compadd -S '' -- \${(M)found:#*=}
}
compdef _callbus callbus
`,
  fish: `complete -c callbus -f -a '(callbus completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
`,
};

/** A shell waits for this: a server that does not answer soon completes nothing. */
const patienceSeconds = '2';

const words: RemoteDefinition = {
  name: 'completion',
  summary: '',
  usage,
  async run({ server, words, stdout }) {
    const names = ownCommands.map(({ name }) => name);
    const found = await candidates(words.slice(1), names, () => server.document());
    stdout(found.map((word) => `${word}\n`).join(''));
  },
};
const wordsCommand = remoteCommand(words);

export const completion: Command = {
  name: 'completion',
  summary: 'Prints the completion of bash, zsh or fish.',
  usage,
  async run(args, io) {
    const [shell = ''] = args;
    if (shell === 'words')
      return wordsCommand.run(['--timeout', patienceSeconds, ...args], { ...io, stderr: () => {} });
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
    if (script === undefined || args.length > 1) {
      io.stderr(
        `callbus completion: ${shell === '' ? 'say for which shell' : `unknown shell ${JSON.stringify(shell)}`}\n\n${usage}`,
      );
      return exitCode.usage;
    }
    io.stdout(script);
    return exitCode.ok;
  },
};
