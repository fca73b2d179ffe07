// SPDX-License-Identifier: Apache-2.0
// A terminal that is drawn anew and again.
#include "control/screen.h"

#define NCURSES_NOMACROS  // they would take names such as `timeout` and `erase` from everybody
#include <curses.h>
#include <unistd.h>

#include <cstdio>

namespace isat {

Result<std::unique_ptr<Screen>> Screen::open() {
  const auto mend = "; use -o json, or isat status";
  if (::isatty(STDOUT_FILENO) == 0 || ::isatty(STDIN_FILENO) == 0) {
    return fail(std::string("draw: this is no terminal") + mend);
  }
  // Unlike initscr(), it does not end the process over an unknown TERM.
  if (::newterm(nullptr, stdout, stdin) == nullptr) {
    return fail(std::string("draw: TERM names no terminal that is known here") + mend);
  }
  return std::unique_ptr<Screen>(new Screen());
}

Screen::Screen() {
  ::cbreak();
  ::noecho();
  ::curs_set(0);
}

Screen::~Screen() {
  ::endwin();
}

std::size_t Screen::height() const {
  return static_cast<std::size_t>(LINES);
}

void Screen::draw(const std::vector<std::string>& lines) {
  ::erase();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    ::move(static_cast<int>(i), 0);
    ::addnstr(lines[i].c_str(), COLS);
  }
  ::refresh();
}

bool Screen::wait(std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    if (left.count() <= 0) return true;
    ::timeout(static_cast<int>(left.count()));
    const int key = ::getch();
    if (key == 'q') return false;
    if (key == KEY_RESIZE) return true;
  }
}

}  // namespace isat
