// SPDX-License-Identifier: Apache-2.0
// The manual page, in the macros of man(7).
#include "control/manual_page.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace isat {
namespace {

// What --help cannot say: it belongs to no command.
constexpr const char* kFilesAndSignals = R"(.SH FILES
.TP
.I /etc/isat/isat.yaml
The configuration of the service; every setting is explained in it.
.TP
.I /sys/fs/bpf/isat
The pinned maps and links. While they are there, the kernel answers, with or without a speaker.
.SH SIGNALS
.TP
.BR SIGTERM ", " SIGINT
The speaker leaves, as
.I on_exit
in the configuration says: by default what is announced goes on being answered, so that a restart loses nothing.
.B isat detach
ends that.
.TP
.B SIGHUP
The configuration is read again; it is also watched.
.SH SEE ALSO
.BR arp (7),
.BR systemctl (1),
.BR bpftool (8)
)";

// Text that no macro may be read into; `code` becomes bold.
std::string escaped(const std::string& text) {
  std::string out;
  bool bold = false;
  for (const char c : text) {
    if (c == '`') {
      out += std::exchange(bold, !bold) ? "\\fR" : "\\fB";
    } else if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += std::string("\\&") + c;
    } else {
      out += c;
    }
  }
  return out;
}

// Names and value, as they are typed.
std::string usage(const CLI::Option& option) {
  std::string names;
  for (const auto& name : option.get_snames()) names += (names.empty() ? "\\-" : ", \\-") + name;
  for (const auto& name : option.get_lnames()) {
    names += (names.empty() ? "\\-\\-" : ", \\-\\-") + escaped(name);
  }
  if (names.empty()) return ".I " + escaped(option.get_name(true));
  const auto type = option.get_items_expected_max() == 0 ? "" : option.get_type_name();
  const auto value = escaped(type.substr(0, type.find(':')));  // its choices are described
  return value.empty() ? ".B " + names : ".BI \"" + names + " \" " + value;
}

std::string options(const CLI::App& app) {
  std::string out;
  for (const auto* option : app.get_options()) {
    if (option == app.get_help_ptr() && app.get_parent() != nullptr) continue;
    out += ".TP\n" + usage(*option) + "\n" + escaped(option->get_description());
    if (option->get_required()) out += " (required)";
    const auto value = option->get_default_str();
    if (!value.empty()) out += "; default: " + escaped(value);
    out += "\n";
  }
  return out;
}

// A footer begins "Example:\n  isat …\n\n".
std::string example(const CLI::App& command) {
  const auto footer = command.get_footer();
  const auto lines = footer.substr(0, footer.find("\n\n"));
  return ".PP\nExample:\n.PP\n.nf\n" + escaped(lines.substr(lines.find('\n') + 1)) + "\n.fi\n";
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  const auto shown =
      app.get_subcommands([](const CLI::App* each) { return !each->get_group().empty(); });
  const auto& name = app.get_name();
  auto out = ".TH ISAT 8 \"\" \"" + escaped(app.version()) + "\" \"System Administration\"\n" +
             ".SH NAME\n" + name + " \\- answers ARP and NDP from the kernel's fast path\n" +
             ".SH SYNOPSIS\n.B " + name + "\n.I COMMAND\n.RI [ OPTION ...]\n.SH DESCRIPTION\n" +
             escaped(app.get_description()) + "\n.SH OPTIONS\n" + options(app) + ".SH COMMANDS\n";
  for (const auto* command : shown) {
    out += ".SS " + name + " " + command->get_name() + "\n" + escaped(command->get_description()) +
           "\n" + options(*command) + example(*command);
  }
  return out + ".SH EXIT STATUS\n" + escaped(app.get_footer()) + "\n" + kFilesAndSignals;
}

}  // namespace isat
