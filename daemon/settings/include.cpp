#include "settings/include.hpp"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "core/text.hpp"

namespace garner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t files_max = 1000;

struct Matches {
    std::vector<std::string> paths;
    int error = 0;
};

Matches matches_of(const std::string& pattern) {
    Matches matches;
    glob_t found{};
    errno = 0;
    const int result = ::glob(pattern.c_str(), GLOB_ERR | GLOB_NOSORT, nullptr, &found);
    if (result == 0) matches.paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    if (result == GLOB_ABORTED) matches.error = errno != 0 ? errno : EIO;
    if (result == GLOB_NOSPACE) matches.error = ENOMEM;
    ::globfree(&found);
    // A pattern inside a directory that does not exist matches nothing.
    if (matches.error == ENOENT || matches.error == ENOTDIR) matches.error = 0;
    std::sort(matches.paths.begin(), matches.paths.end());
    return matches;
}

// A directory's own name is no pattern.
fs::path escaped(const std::string& directory) {
    std::string text;
    for (char c : directory) {
        if (c == '*' || c == '?' || c == '[' || c == '\\') text += '\\';
        text += c;
    }
    return text;
}

bool is_same_file(const std::string& a, const std::string& b) {
    std::error_code error;
    return fs::equivalent(a, b, error) && !error;
}

}  // namespace

std::vector<IncludedFile> included_files(const Checked& include, const std::string& main, Report& report) {
    std::vector<IncludedFile> files;
    std::set<std::string> seen;
    const fs::path directory = fs::path(main).parent_path();
    for (const Checked& entry : include.parts) {
        const std::string path = (directory / entry.text()).lexically_normal().string();
        Matches matches;
        if (entry.text().find_first_of("*?[") == std::string::npos)
            matches.paths = {path};
        else
            matches = matches_of((escaped(directory.string()) / fs::path(entry.text())).lexically_normal().string());
        if (matches.error != 0)
            report.error(entry.place, entry.path,
                         "cannot list " + printable(path) + ": " + std::generic_category().message(matches.error));
        for (const std::string& match : matches.paths) {
            if (!seen.insert(match).second) continue;
            if (is_same_file(match, main)) {
                report.error(entry.place, entry.path,
                             "includes this file itself; keep the others in a directory such as conf.d/");
            } else if (files.size() == files_max) {
                report.error(entry.place, entry.path, "more than " + std::to_string(files_max) + " files are included");
                return files;
            } else {
                files.push_back({match, &entry});
            }
        }
    }
    return files;
}

}  // namespace garner
