// How a staged file becomes an artifact: durable at each step before the next, and repeatable after a crash at any of
// them.
#pragma once

#include <string>

#include "store/artifact_store.hpp"

namespace garner {

struct StorePaths {
    std::string root;
    std::string staging;
    std::string trash;
};

inline constexpr std::string_view manifest_suffix = ".manifest.json";
inline constexpr std::string_view marks_suffix = ".marks.json";

/// Whether a path of an artifact stays inside its store: relative, without empty, `.` and `..` components.
bool stays_inside(std::string_view path);

/// The manifest's SHA-256. A name that is taken by the same bytes counts as given; one that is taken by others is a
/// `local` failure, and nothing is replaced or removed.
Task<Result<std::string>> publish_artifact(Disk& disk, const StorePaths& paths, std::string staged_name,
                                           const Manifest& manifest);

/// `local` where the directories that garner made below the root are not there: a disk that is not mounted looks like
/// a store without artifacts, and nothing must be concluded from it.
Task<Result<void>> check_directories(Disk& disk, const StorePaths& paths);

/// Puts a text into the place of another one, below the root, by way of a draft in `.staging/`: its bytes are synced
/// before they get its name. An empty text: there is no such file afterwards.
Task<Result<void>> replace_text(Disk& disk, const StorePaths& paths, std::string draft_name, std::string path,
                                std::string text);

/// Size and SHA-256 of a file against what they should be: `corrupt` when they differ, `gone` when it is not there.
/// Every byte also goes through `probe`, where there is one.
Task<Result<void>> compare_file(Disk& disk, std::string path, std::uint64_t size, std::string sha256,
                                Probe* probe = nullptr, const Pace& pace = {});

}  // namespace garner
