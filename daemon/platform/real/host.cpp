#include "platform/real/host.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <fstream>
#include <string>

#include "core/ids.hpp"
#include "platform/sha256.hpp"

namespace garner {
namespace {

// systemd's: 32 hexadecimal digits in one line; an image that was not booted yet says "uninitialized" or nothing.
std::string machine_id() {
    std::string line;
    std::ifstream file("/etc/machine-id");
    std::getline(file, line);
    const bool is_one = line.size() == 32 &&
                        std::all_of(line.begin(), line.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
    return is_one ? line : std::string();
}

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

}  // namespace

std::string device_id_of_host() {
    std::string host = machine_id();
    if (host.empty()) host = host_name();
    if (host.empty()) return {};
    const std::string hash = Sha256::of("garner's device id on " + host);
    constexpr int hexadecimal = 16;
    const std::uint64_t first = std::stoull(hash.substr(0, 16), nullptr, hexadecimal);
    const std::uint64_t second = std::stoull(hash.substr(16, 16), nullptr, hexadecimal);
    return make_uuid(first, second);
}

}  // namespace garner
