// The admin's command. Everything that it can do is in command/.
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "command/command_line.hpp"
#include "platform/real/real_clock.hpp"

int main(int argc, char** argv) {
    umask(0077);
    boost::asio::io_context context;
    const garner::RealClock clock(context.get_executor());
    const char* no_colour = std::getenv("NO_COLOR");
    const bool colour = isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
    garner::Invocation call{std::cout, std::cerr, clock.wall_now(), colour};
    const garner::CommandExit how = garner::run_command_line(call, std::vector<std::string>(argv + 1, argv + argc));
    std::cout.flush();
    if (!std::cout) return static_cast<int>(garner::CommandExit::bad_news);
    return static_cast<int>(how);
}
