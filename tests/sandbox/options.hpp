// The sandbox's command line.
#pragma once

#include <cstdint>
#include <string>

#include "sandbox/world.hpp"

namespace garner::sandbox {

struct Options {
    WorldOptions world;  ///< scenarios and limits as asked for; the rest of it is seeded
    std::uint64_t seed = 1;
    std::size_t machines = 6;
    std::size_t tenants = 2;
    std::size_t appliances = 5;
    std::string directory = ".";  ///< where ca.pem goes
    std::string listen = "127.0.0.1";
    std::string host = "localhost";           ///< in the APIs' URLs
    std::string download_host = "127.0.0.1";  ///< in presigned URLs
    std::uint16_t port = 0;                   ///< Tulip's
    std::uint16_t download_port = 0;
    std::uint16_t servitly_port = 0;
    std::uint16_t servitly_download_port = 0;
    std::uint16_t appgate_port = 0;
    std::uint16_t control_port = 0;
    unsigned threads = 1;
    bool until_stdin_closes = false;
    bool tls_trouble = false;
    bool help = false;
};

/// Throws std::invalid_argument naming the option that is wrong.
Options parse_options(int argc, char** argv);

std::string options_help();

}  // namespace garner::sandbox
