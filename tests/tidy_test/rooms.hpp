// The room table of docs/ARCHITECTURE.md: which part of daemon/ may include which.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidy_test/source_tree.hpp"

namespace garner::tidy {

/// One row: everything whose path in daemon/ begins with `prefix`, unless a longer prefix fits.
struct Room {
    std::string prefix;              ///< "core/", "platform/real/", "garnerd.cpp"
    std::vector<std::string> rooms;  ///< prefixes that it may include, beside itself
    std::vector<std::string>
        libraries;  ///< what <...> may begin with, beside the standard library: "boost/json", "POSIX"
};

/// Rows of the table whose first column is "room". Throws when there is none or a row is broken.
std::vector<Room> read_rooms(std::string_view markdown);

/// What is wrong with the includes of `file`, a file of daemon/.
std::vector<Finding> judge_includes(const std::vector<Room>&, const SourceFile& file);

}  // namespace garner::tidy
