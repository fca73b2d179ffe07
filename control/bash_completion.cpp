// SPDX-License-Identifier: Apache-2.0
// The completion for bash: commands, their options, and the choices of those that have choices.
#include "control/bash_completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace isat {
namespace {

// Without a word to offer, bash completes file names: `-o default`. It splits at `=` too.
constexpr const char* kHead = R"(# bash completion for isat
_isat() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=
  if [ "$word" = = ]; then word=; fi
  if [ "$before" = = ]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi
  local command=${COMP_WORDS[1]}
  if [ "$COMP_CWORD" -eq 1 ]; then command=; fi
  case "$command $before" in
)";
constexpr const char* kTail = R"(  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -o default -F _isat isat
)";

std::vector<std::string> names(const CLI::Option& option) {
  std::vector<std::string> all;
  for (const auto& name : option.get_snames()) all.push_back("-" + name);
  for (const auto& name : option.get_lnames()) all.push_back("--" + name);
  return all;
}

// "text json" of "FORMAT:{text,json}"; empty where anything goes.
std::string choices(const CLI::Option& option) {
  const auto type = option.get_type_name();
  const auto begin = type.find('{');
  if (begin == std::string::npos) return {};
  auto words = type.substr(begin + 1, type.find('}') - begin - 1);
  std::replace(words.begin(), words.end(), ',', ' ');
  return words;
}

std::string row(const std::string& pattern, const std::string& words) {
  return "    " + pattern + ") words='" + words + "' ;;\n";
}

std::string rows(const CLI::App& command) {
  std::string values;
  std::string all;
  const auto prefix = "'" + command.get_name() + " ";
  for (const auto* option : command.get_options()) {
    std::string pattern;
    for (const auto& name : names(*option)) {
      all += (all.empty() ? "" : " ") + name;
      pattern.append(pattern.empty() ? "" : " | ").append(prefix).append(name).append("'");
    }
    const bool takes_value = option->get_items_expected_max() > 0;
    if (takes_value && !pattern.empty()) values += row(pattern, choices(*option));
  }
  return values + row(prefix + "'*", all);
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
  std::string first;
  std::string of_commands;
  for (const auto* command : app.get_subcommands({})) {
    if (command->get_group().empty()) continue;
    first += command->get_name() + " ";
    of_commands += rows(*command);
  }
  for (const auto* option : app.get_options()) {
    for (const auto& name : names(*option)) first += name + " ";
  }
  first.pop_back();
  return kHead + of_commands + row("' '*", first) + kTail;
}

}  // namespace isat
