// `unwedge completion SHELL`: a script with which a shell completes our commands, options and the words an option takes.
//
// It is written from the commands themselves, as commander knows them, so it cannot say anything else than --help.

import type { Argument, Command, Option } from "commander";

export type Shell = "bash" | "zsh" | "fish";

/** A command and what may follow it. */
interface Place {
  /** Its words, each after a slash: `/fault/add`; of the program itself nothing. */
  readonly at: string;
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  /** Words that an argument may be. */
  readonly words: readonly string[];
  readonly options: readonly {
    readonly long: string;
    readonly about: string;
    readonly takesValue: boolean;
    readonly choices: readonly string[];
  }[];
}

export function completionScript(program: Command, shell: Shell): string {
  const places = placesOf(program, "");
  switch (shell) {
    case "bash":
      return bash(places);
    case "zsh":
      return zsh(places);
    case "fish":
      return fish(places);
  }
}

function placesOf(command: Command, at: string): readonly Place[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command);
  const commands = below.map((each) => ({ name: each.name(), about: each.summary() }));
  const options = help.visibleOptions(command).flatMap(optionOf);
  return [
    { at, commands, words: command.registeredArguments.flatMap(wordsOfArgument), options },
    ...below.flatMap((each) => placesOf(each, `${at}/${each.name()}`)),
  ];
}

const wordsOfArgument = ({ argChoices }: Argument): readonly string[] => argChoices ?? [];

function optionOf({ long, description: about, required, optional, argChoices }: Option) {
  if (long === undefined || long === null) return [];
  return [{ long, about, takesValue: required || optional, choices: argChoices ?? [] }];
}

const wordsOf = ({ commands, words, options }: Place): string =>
  [...commands.map(({ name }) => name), ...words, ...options.map(({ long }) => long)].join(" ");

/** Lines of a `case` for each place, and before them those for options that take one of a few words. */
function cases(places: readonly Place[], list: (words: string) => string): readonly string[] {
  const choices = places.flatMap(({ at, options }) =>
    options
      .filter((option) => option.choices.length > 0)
      .map(({ long, choices: words }) => `    "${at} ${long}") ${list(words.join(" "))} ;;`),
  );
  const values = places.flatMap(({ at, options }) =>
    options
      .filter(({ takesValue, choices: words }) => takesValue && words.length === 0)
      .map(({ long }) => `"${at} ${long}"`),
  );
  return [
    ...choices,
    // Whatever the shell completes by itself: files.
    ...(values.length === 0 ? [] : [`    ${values.join(" | ")}) ;;`]),
    ...places.map((place) => `    "${place.at} "*) ${list(wordsOf(place))} ;;`),
  ];
}

const pathsOf = (places: readonly Place[]): string =>
  places
    .map(({ at }) => at)
    .filter((at) => at !== "")
    .join(" | ");

const bash = (places: readonly Place[]): string => `# eval "$(unwedge completion bash)"
_unwedge() {
  local at="" words="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at/$word" in ${pathsOf(places)}) at="$at/$word" ;; esac
  done
  case "$at \${COMP_WORDS[COMP_CWORD-1]}" in
${cases(places, (words) => `words="${words}"`).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _unwedge unwedge
`;

const zsh = (
  places: readonly Place[],
): string => `# eval "$(unwedge completion zsh)", after compinit
_unwedge() {
  local at="" word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at/$word" in ${pathsOf(places)}) at="$at/$word" ;; esac
  done
  case "$at \${words[CURRENT-1]}" in
${cases(places, (words) => `found=(${words})`).join("\n")}
  esac
  compadd -- $found
  _files
}
compdef _unwedge unwedge
`;

function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ at, commands, words, options }) => {
    const seen = at.split("/").filter((word) => word !== "");
    const inside = seen.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const names = commands.map(({ name }) => name).join(" ");
    const none = `not __fish_seen_subcommand_from ${names}`;
    const isNext = seen.length === 0 ? none : `${inside}; and ${none}`;
    return [
      ...commands.map(({ name, about }) => line(isNext, [`-f -a ${name}`], about)),
      ...words.map((word) => line(inside, [`-f -a ${word}`], "")),
      ...options.map(({ long, about, takesValue, choices }) =>
        line(
          inside,
          [`-l ${long.slice(2)}`, ...(takesValue ? ["-r"] : []), ...choicesOf(choices)],
          about,
        ),
      ),
    ];
  });
  return `# unwedge completion fish | source\n${lines.join("\n")}\n`;
}

const choicesOf = (choices: readonly string[]): string[] =>
  choices.length === 0 ? [] : [`-f -a ${quoted(choices.join(" "))}`];

const line = (condition: string, parts: readonly string[], about: string): string =>
  [
    "complete -c unwedge",
    ...(condition === "" ? [] : [`-n ${quoted(condition)}`]),
    ...parts,
    ...(about === "" ? [] : [`-d ${quoted(about)}`]),
  ].join(" ");

const quoted = (text: string): string =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
