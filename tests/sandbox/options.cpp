#include "sandbox/options.hpp"

#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace garner::sandbox {
namespace {

std::uint64_t number(const std::string& name, std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size())
        throw std::invalid_argument(name + ": a number is wanted, not \"" + std::string(text) + "\"");
    return value;
}

std::uint16_t port(const std::string& name, std::string_view text) {
    const std::uint64_t value = number(name, text);
    if (value > 65535) throw std::invalid_argument(name + ": a port is at most 65535");
    return static_cast<std::uint16_t>(value);
}

// Seconds with at most three decimals, "0.25".
Duration seconds(const std::string& name, std::string_view text) {
    const std::size_t point = text.find('.');
    std::string decimals(point == std::string_view::npos ? "" : text.substr(point + 1));
    if (decimals.size() > 3) throw std::invalid_argument(name + ": at most three decimals");
    decimals.resize(3, '0');
    return Duration(static_cast<std::int64_t>(number(name, text.substr(0, point)) * 1000 + number(name, decimals)));
}

std::uint64_t bytes(const std::string& name, std::string_view text) {
    std::uint64_t unit = 1;
    for (const auto& [suffix, size] : {std::pair("KiB", 10), std::pair("MiB", 20), std::pair("GiB", 30)}) {
        if (text.size() > 3 && text.substr(text.size() - 3) == suffix) {
            unit = 1ULL << size;
            text.remove_suffix(3);
            break;
        }
    }
    return number(name, text) * unit;
}

std::pair<std::string_view, std::string_view> from_to(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return {text, text};
    return {text.substr(0, dash), text.substr(dash + 1)};
}

// What all vendors have in common.
template <class Change>
void in_all_scenarios(WorldOptions& world, Change change) {
    change(world.tulip.scenario);
    change(world.servitly.scenario);
    change(world.appgate.scenario);
}

void set_job_seconds(WorldOptions& world, Duration from, Duration to) {
    in_all_scenarios(world, [&](auto& scenario) {
        scenario.job_duration_min = from;
        scenario.job_duration_max = to;
    });
}

}  // namespace

Options parse_options(int argc, char** argv) {
    Options options;
    WorldOptions& world = options.world;
    world.tulip.user_agent_needed = world.servitly.user_agent_needed = world.appgate.user_agent_needed = true;
    set_job_seconds(world, Duration(1000), Duration(3000));
    using Set = std::function<void(const std::string& name, std::string_view value)>;
    const auto count = [](std::size_t& into) {
        return [&into](const std::string& name, std::string_view value) { into = number(name, value); };
    };
    const auto a_port = [](std::uint16_t& into) {
        return [&into](const std::string& name, std::string_view value) { into = port(name, value); };
    };
    const std::map<std::string, Set, std::less<>> with_value = {
        {"--seed", [&](const auto& name, auto value) { options.seed = number(name, value); }},
        {"--machines", count(options.machines)},
        {"--tenants", count(options.tenants)},
        {"--appliances", count(options.appliances)},
        {"--job-seconds",
         [&](const auto& name, auto value) {
             const auto [from, to] = from_to(value);
             set_job_seconds(world, seconds(name, from), seconds(name, to));
         }},
        {"--content-bytes",
         [&](const auto& name, auto value) {
             const auto [from, to] = from_to(value);
             in_all_scenarios(world, [&, least = bytes(name, from), most = bytes(name, to)](auto& scenario) {
                 scenario.content_bytes_min = least;
                 scenario.content_bytes_max = most;
             });
         }},
        {"--url-seconds",
         [&](const auto& name, auto value) {
             world.tulip.scenario.url_lifetime = world.servitly.scenario.url_lifetime = seconds(name, value);
         }},
        {"--token-seconds",
         [&](const auto& name, auto value) {
             world.servitly.scenario.token_lifetime = world.appgate.scenario.token_lifetime = seconds(name, value);
         }},
        {"--appgate-versions",
         [&](const auto& name, auto value) {
             const auto [from, to] = from_to(value);
             world.appgate.scenario.version_min = static_cast<int>(number(name, from));
             world.appgate.scenario.version_max = static_cast<int>(number(name, to));
         }},
        {"--concurrent-jobs",
         [&](const auto& name, auto value) {
             world.tulip.concurrent_jobs_max = world.appgate.concurrent_jobs_max = number(name, value);
         }},
        {"--poll-gap",
         [&](const auto& name, auto value) {
             world.tulip.poll_gap_min = world.servitly.poll_gap_min = world.appgate.poll_gap_min = seconds(name, value);
         }},
        {"--dir", [&](const auto&, auto value) { options.directory = std::string(value); }},
        {"--listen", [&](const auto&, auto value) { options.listen = std::string(value); }},
        {"--host", [&](const auto&, auto value) { options.host = std::string(value); }},
        {"--download-host", [&](const auto&, auto value) { options.download_host = std::string(value); }},
        {"--port", a_port(options.port)},
        {"--download-port", a_port(options.download_port)},
        {"--servitly-port", a_port(options.servitly_port)},
        {"--servitly-download-port", a_port(options.servitly_download_port)},
        {"--appgate-port", a_port(options.appgate_port)},
        {"--control-port", a_port(options.control_port)},
        {"--threads",
         [&](const auto& name, auto value) { options.threads = static_cast<unsigned>(number(name, value)); }},
    };
    const std::map<std::string, bool*, std::less<>> flags = {
        {"--until-stdin-closes", &options.until_stdin_closes},
        {"--tls-trouble", &options.tls_trouble},
        {"--help", &options.help},
    };
    for (int i = 1; i < argc; ++i) {
        std::string name = argv[i];
        if (const auto flag = flags.find(name); flag != flags.end()) {
            *flag->second = true;
            continue;
        }
        std::optional<std::string> value;
        if (const std::size_t equals = name.find('='); equals != std::string::npos) {
            value = name.substr(equals + 1);
            name.resize(equals);
        }
        const auto option = with_value.find(name);
        if (option == with_value.end()) throw std::invalid_argument("unknown option " + name + "; --help lists them");
        if (!value && i + 1 < argc) value = argv[++i];
        if (!value) throw std::invalid_argument(name + ": a value is missing");
        option->second(name, *value);
    }
    if (options.threads == 0 || options.threads > 64) throw std::invalid_argument("--threads: 1 to 64");
    return options;
}

std::string options_help() {
    return R"(garner-sandbox: stand-ins of the vendors over TLS, for garner's tests, quickstart and benchmarks.
Prints one line of JSON when it is ready and runs until SIGTERM or SIGINT.

  --seed N                  same seed, same targets, ids and contents (1)
  --machines N              how many machines Tulip has (6)
  --tenants N               how many tenants Servitly has (2)
  --appliances N            how many appliances Appgate has (5)
  --job-seconds MIN-MAX     how long a remote job takes (1-3)
  --content-bytes MIN-MAX   size of a file, KiB, MiB and GiB allowed (64KiB-1MiB)
  --url-seconds S           life of a presigned URL (900)
  --token-seconds S         life of a login's token at Servitly (3600) and Appgate (43200)
  --appgate-versions MIN-MAX   peer API versions that Appgate takes (16-23)
  --concurrent-jobs N       remote jobs that may run at once before it is a violation (Tulip 1, Appgate 2)
  --poll-gap S              polling a job more often than this is a violation (0.2)
  --dir DIR                 where ca.pem is written (.)
  --listen ADDRESS          (127.0.0.1)
  --host NAME               host in the APIs' URLs (localhost)
  --download-host NAME      host in presigned URLs (127.0.0.1)
  --port, --download-port, --servitly-port, --servitly-download-port, --appgate-port, --control-port N   (free ones)
  --threads N               (1)
  --tls-trouble             also ports with a wrong, an expired and an untrusted certificate
  --until-stdin-closes      ends when its standard input does
)";
}

}  // namespace garner::sandbox
