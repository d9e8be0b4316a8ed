// The daemon's command line. Everything that matters is in service/daemon.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "service/daemon.hpp"
#include "settings/load.hpp"

namespace {

using garner::DaemonExit;

const char* const usage_text =
    "usage: garnerd [--config.file PATH] [--version] [--help]\n"
    "\n"
    "  --config.file PATH  the configuration (default /etc/garner/garner.yaml)\n"
    "  --version           print the version and exit\n"
    "  --help              print this and exit\n"
    "\n"
    "SIGHUP reloads the configuration, SIGTERM stops. Exit codes: 0 asked to stop, 64 usage, 78 configuration,\n"
    "1 anything else. garner(1) is the admin's command.\n";

struct Arguments {
    std::string config_path = "/etc/garner/garner.yaml";
    bool version = false;
    bool help = false;
};

std::optional<Arguments> parse(const std::vector<std::string_view>& words) {
    constexpr std::string_view config = "--config.file";
    Arguments arguments;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (word == "--version") {
            arguments.version = true;
        } else if (word == "--help" || word == "-h") {
            arguments.help = true;
        } else if (word == config && i + 1 < words.size()) {
            arguments.config_path = words[++i];
        } else if (word.starts_with(config) && word.substr(config.size()).starts_with('=')) {
            arguments.config_path = word.substr(config.size() + 1);
        } else {
            std::fprintf(stderr, "garnerd: %s '%.*s'\n",
                         word == config ? "a path is missing after" : "unknown argument", static_cast<int>(word.size()),
                         word.data());
            return std::nullopt;
        }
    }
    return arguments;
}

int exit_code(DaemonExit how) { return static_cast<int>(how); }

}  // namespace

int main(int argc, char** argv) {
    garner::harden_process();
    const auto arguments = parse({argv + 1, argv + argc});
    if (!arguments) {
        std::fputs(usage_text, stderr);
        return exit_code(DaemonExit::usage);
    }
    if (arguments->help) {
        std::fputs(usage_text, stdout);
        return 0;
    }
    if (arguments->version) {
        std::puts("garnerd " GARNER_VERSION);
        return 0;
    }
    garner::Loaded loaded = garner::load_settings(arguments->config_path);
    for (const garner::Diagnostic& warning : loaded.warnings)
        std::fprintf(stderr, "warning: %s\n", warning.text().c_str());
    for (const garner::Diagnostic& error : loaded.errors) std::fprintf(stderr, "%s\n", error.text().c_str());
    if (!loaded.settings) return exit_code(DaemonExit::configuration);
    return exit_code(garner::run_daemon(arguments->config_path,
                                        std::make_shared<const garner::Settings>(std::move(*loaded.settings))));
}
