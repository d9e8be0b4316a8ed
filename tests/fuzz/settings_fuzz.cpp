// The configuration, as an admin or a tool left it: it loads, or each error says where and what.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "fuzz/fuzz.hpp"
#include "settings/load.hpp"

namespace {

constexpr const char* secret = "a-secret-of-the-environment";

// A directory of its own, so that an include finds nothing.
class Directory {
public:
    Directory() {
        const char* const base = std::getenv("TMPDIR");
        path_ = std::string(base != nullptr ? base : "/tmp") + "/garner-fuzz-XXXXXX";
        if (::mkdtemp(path_.data()) == nullptr) std::abort();
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    std::string file() const { return path_ + "/garner.yaml"; }

private:
    std::string path_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace garner;
    static const Directory directory;
    static const std::string path = directory.file();
    if (size > 64 * 1024) return 0;
    std::filesystem::remove(path);  // a file that is cut and written anew would be synced by some file systems
    std::ofstream(path, std::ios::binary) << fuzz::text_of(data, size);
    LoadOptions options;
    options.secrets = Secrets::skip;
    options.environment = [](const std::string&) { return std::optional<std::string>(secret); };
    const bool is_known = fuzz::text_of(data, size).find(secret) != std::string_view::npos;  // a fuzzer guesses it
    const Loaded loaded = load_settings(path, options);
    fuzz::require(loaded.settings.has_value() == loaded.errors.empty(), "it loads exactly when there is no error");
    for (const auto* all : {&loaded.errors, &loaded.warnings})
        for (const Diagnostic& one : *all) {
            fuzz::require_printable(one.text(), "a diagnostic is printable");
            fuzz::require(!one.message.empty(), "a diagnostic says something");
            fuzz::require(one.text().find(secret) == std::string::npos || is_known, "no secret is quoted");
        }
    return 0;
}
