/**
 * `wamr-native completion`: a script by which a shell completes commands, options, the words that options take, and
 * files. Made from the command line's own description, so it cannot fall behind it.
 */
import { Argument, type Command } from 'commander';
import { print } from '../output.js';

const HELP = `
Examples:
  wamr-native completion bash >> ~/.bashrc
  wamr-native completion zsh >> ~/.zshrc
  wamr-native completion fish > ~/.config/fish/completions/wamr-native.fish`;

/** A command: its options, and what may follow an option that takes one of some words. */
interface Words {
  /** Names below the program's: `cache ls`. Empty for the program itself. */
  path: string;
  commands: string[];
  options: string[];
  choices: Map<string, readonly string[]>;
}

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'bash, zsh or fish').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', HELP)
    .action((shell: string) => {
      const all = [...words(program, '')];
      print(shell === 'fish' ? fish(program.name(), all) : bash(program.name(), all, shell === 'zsh'));
    });
}

function* words(command: Command, path: string): Generator<Words> {
  const choices = new Map<string, readonly string[]>();
  for (const o of command.options) if (o.long && o.argChoices) choices.set(o.long, o.argChoices);
  yield {
    path,
    commands: command.commands.map((c) => c.name()),
    options: [...command.options.flatMap((o) => (o.long ? [o.long] : [])), '--help'],
    choices,
  };
  for (const inner of command.commands) yield* words(inner, `${path} ${inner.name()}`.trim());
}

/** A function with a case for each command; what no case knows completes to files. */
function bash(name: string, all: Words[], zsh: boolean): string {
  const cases = all.map(({ path, commands, options, choices }) => {
    const lists = [...choices].map(([option, list]) => `      ${option}) words="${list.join(' ')}" ;;`);
    return `    "${path}")
      case "$previous" in
${lists.length === 0 ? '' : `${lists.join('\n')}\n`}      *) words="${commands.join(' ')}"; [[ $current == -* ]] && words="${options.join(' ')}" ;;
      esac ;;`;
  });
  const paths = all.filter((w) => w.path !== '').map((w) => `"${w.path}"`);
  return `${zsh ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_${id(name)}() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" path="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in ${paths.join('|')}) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current") $(compgen -f -- "$current"))
}
complete -o filenames -F _${id(name)} ${name}`;
}

const id = (name: string): string => name.replaceAll('-', '_');

function fish(name: string, all: Words[]): string {
  return all
    .flatMap(({ path, commands, options, choices }) => {
      const when =
        path === ''
          ? '__fish_use_subcommand'
          : path
              .split(' ')
              .map((word) => `__fish_seen_subcommand_from ${word}`)
              .join('; and ');
      const head = `complete -c ${name} -n '${when}'`;
      return [
        ...commands.map((c) => `${head} -a ${c}`),
        ...options.map((o) => `${head} -l ${o.slice(2)}${choices.has(o) ? ` -xa '${choices.get(o)!.join(' ')}'` : ''}`),
      ];
    })
    .join('\n');
}
