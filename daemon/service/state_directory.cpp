#include "service/state_directory.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace garner {
namespace {

Failure cannot(const std::string& operation, const std::string& path, int code) {
    return Failure(FailureKind::local, operation + " the state directory " + path + ": " + std::strerror(code) +
                                           "; create it for garnerd's user, or change global.state_directory");
}

Result<void> make_one(const std::filesystem::path& path, mode_t mode) {
    if (mkdir(path.c_str(), mode) != 0) {
        if (errno == EEXIST) return {};
        return cannot("create", path.string(), errno);
    }
    // Past the umask, which is 0077.
    if (chmod(path.c_str(), mode) != 0) return cannot("set the mode of", path.string(), errno);
    return {};
}

}  // namespace

Result<void> make_state_directory(const std::string& path) {
    const std::filesystem::path whole(path);
    std::filesystem::path so_far;
    for (const auto& part : whole) {
        so_far /= part;
        if (so_far == whole || so_far == whole.root_path() || part.empty()) continue;
        auto made = make_one(so_far, 0755);
        if (!made) return made.error();
    }
    auto made = make_one(whole, 0750);
    if (!made) return made.error();
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) return cannot("look at", path, errno);
    if (!S_ISDIR(info.st_mode)) return cannot("use", path, ENOTDIR);
    return {};
}

}  // namespace garner
