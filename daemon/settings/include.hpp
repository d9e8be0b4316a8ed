// Which files `include:` means: patterns and names, relative to the including file, in lexical order within each
// pattern.
#pragma once

#include <string>
#include <vector>

#include "settings/walk.hpp"

namespace garner {

struct IncludedFile {
    std::string path;
    const Checked* by = nullptr;  ///< the entry that names it
};

/// `main` is the including file's path as given. A name without pattern that does not exist is an error, a pattern that
/// matches nothing is not. A file that two entries name comes once.
std::vector<IncludedFile> included_files(const Checked& include, const std::string& main, Report&);

}  // namespace garner
