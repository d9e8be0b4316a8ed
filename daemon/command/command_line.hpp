// The words of `garner`, and which command they mean. One file per command; this one only knows their names and
// options.
#pragma once

#include <string>
#include <vector>

#include "command/invocation.hpp"

namespace garner {

/// `arguments` without the program's name.
CommandExit run_command_line(Invocation&, std::vector<std::string> arguments);

}  // namespace garner
