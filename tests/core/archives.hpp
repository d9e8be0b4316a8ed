// ZIP archives and OpenPGP messages of a few bytes for the tests of the probes, written by libarchive and by hand.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace garner::testing_archives {

struct Member {
    std::string name;
    std::string content;
};

/// By libarchive's writer; `options` are its own, "zip:compression=store".
std::string zip_of(const std::vector<Member>& members, const std::string& options = "");

/// By hand: stored, and each header field can be wrong.
struct RawZip {
    std::vector<Member> members;
    std::string comment{};
    std::string before_directory{};  ///< bytes that belong to nothing
    std::uint16_t method = 0;
    std::uint16_t flags = 0;
    bool zip64_end = false;
    int count_off_by = 0;               ///< in the end record
    std::vector<std::string> listed{};  ///< other names in the directory
    std::string bytes() const;
};

std::uint32_t crc32(std::string_view bytes);

}  // namespace garner::testing_archives
