// Where `garner get` writes: standard output, or a file that has its name only once it is whole. An existing file is
// never replaced.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "core/failure.hpp"

namespace garner {

class OutputFile {
public:
    /// `path`: "-" for standard output.
    static Result<OutputFile> create(const std::string& path);
    OutputFile(OutputFile&&) noexcept;
    OutputFile& operator=(OutputFile&&) = delete;
    /// Removes what was not kept.
    ~OutputFile();

    Result<void> write(std::span<const std::byte>);
    /// Gives the file its name, durably.
    Result<void> keep();

private:
    OutputFile(int descriptor, std::string path, std::string temporary)
        : descriptor_(descriptor), path_(std::move(path)), temporary_(std::move(temporary)) {}

    int descriptor_;
    std::string path_;
    std::string temporary_;  ///< empty: standard output, or kept
};

}  // namespace garner
