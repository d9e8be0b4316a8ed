// The project's own files as text, for tests that hold the tree against its rules.
// Rules look at `code`, where comments and the insides of strings are blanks: a rule's own text is not a breach of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace garner::tidy {

struct SourceFile {
    std::string path;  ///< relative to the root: "daemon/core/ids.cpp"
    std::string text;
    std::string code;  ///< `text` with blanks for comments, strings and characters; same length, same lines
};

/// A breach of a rule, "daemon/engine/run.cpp:14: ...".
struct Finding {
    std::string where;
    std::string what;
    std::string text() const { return where + ": " + what; }
};

/// All files below `folder` that end so (".cpp"), sorted by path.
std::vector<SourceFile> files_in(std::string_view folder, const std::vector<std::string>& endings);

/// One file; throws when it cannot be read.
std::string read_file(const std::string& path_from_root);

bool exists_in_tree(const std::string& path_from_root);

/// C++ without its comments and strings.
std::string blank_comments_and_strings(std::string_view);

/// Line number, from 1, of a position in a text.
std::size_t line_of(std::string_view text, std::size_t position);

std::string where(const SourceFile&, std::size_t position);

/// All findings, a line each; empty when there are none.
std::string listed(const std::vector<Finding>&);

}  // namespace garner::tidy
