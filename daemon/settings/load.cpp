#include "settings/load.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/text.hpp"
#include "settings/assemble.hpp"
#include "settings/file.hpp"
#include "settings/include.hpp"
#include "settings/report.hpp"
#include "settings/secrets.hpp"
#include "settings/walk.hpp"
#include "settings/words.hpp"
#include "settings/yaml.hpp"

namespace garner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t bytes_max = 64 * 1024 * 1024;  // of all files together
constexpr std::string_view this_version = "1";
constexpr std::array named_things{"sources", "stores", "time_intervals"};  // what a job refers to

std::optional<std::string> process_environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

// The configuration's files, one after the other, into one tree.
class Loading {
public:
    Loading(const std::string& path, const LoadOptions& options) : path_(path), options_(options) {
        environment_ = options.environment ? options.environment : process_environment;
    }

    Loaded load() {
        const auto root = read(path_, nullptr);
        if (!root || !has_known_version(*root, FileRole::main)) return report_.finish();
        Checked top = walk_configuration(*root, FileRole::main, report_);
        if (const Checked* include = top.find("include"))
            for (const IncludedFile& file : included_files(*include, path_, report_)) add_file(file);
        for (const char* section : {"sources", "stores", "jobs", "time_intervals"}) merge(top, section);

        SecretReader secrets(options_, environment_, report_);
        is_whole_ = is_whole_ && !top.is_broken("include");
        for (const char* key : named_things) is_whole_ = is_whole_ && !top.is_broken(key);
        Settings settings = assemble(top, is_whole_, secrets, environment_, report_);
        const bool fine = !report_.has_errors();
        Loaded loaded = report_.finish();
        if (fine) loaded.settings = std::move(settings);
        return loaded;
    }

private:
    // Nothing, and a word in the report, when the file is no YAML.
    std::shared_ptr<const YamlNode> read(const std::string& path, const Checked* by) {
        std::error_code error;
        const fs::path absolute = fs::absolute(path, error);
        const int number = report_.add_file({printable(path), error ? "/" : absolute.parent_path().string(), 0});
        Result<SmallFile> file = read_small_file(path, bytes_max - bytes_);
        if (!file) {
            if (by != nullptr)
                report_.error(by->place, by->path, printable(path) + " " + file.error().what);
            else
                report_.error({number, 0, 0}, "", file.error().what);
            return nullptr;
        }
        bytes_ += file->bytes.size();
        report_.set_mode(number, file->mode);
        return parse_yaml(file->bytes, number, report_);
    }

    // With another version every other complaint would be noise.
    bool has_known_version(const YamlNode& root, FileRole role) {
        if (root.kind != YamlNode::Kind::map && root.kind != YamlNode::Kind::null) return true;
        static constexpr std::array<std::string_view, 1> meant{"version"};
        for (const YamlEntry& entry : root.entries) {
            if (near_miss(entry.key, meant).empty()) continue;
            if (entry.key != meant[0]) return true;  // an unknown key, with what was meant
            const YamlNode& value = *entry.value;
            if (value.kind != YamlNode::Kind::scalar || !value.plain || !parse_whole(value.text) ||
                value.text == this_version)
                return true;
            report_.error(value.place, "version",
                          "version " + printable(value.text, 20) +
                              " is not known to this garner, which reads version " + std::string(this_version) +
                              "; a newer garner may");
            return false;
        }
        if (role == FileRole::main)
            report_.error({root.place.file, 1, 1}, "version", "is missing: put 'version: 1' at the top of the file");
        return true;
    }

    void add_file(const IncludedFile& file) {
        const auto root = read(file.path, file.by);
        if (!root || !has_known_version(*root, FileRole::included)) {
            is_whole_ = false;
            return;
        }
        included_.push_back(walk_configuration(*root, FileRole::included, report_));
        for (const char* key : named_things) is_whole_ = is_whole_ && !included_.back().is_broken(key);
    }

    void merge(Checked& top, const char* section) {
        for (Checked& file : included_) {
            auto from =
                std::find_if(file.parts.begin(), file.parts.end(), [&](const Checked& p) { return p.name == section; });
            if (from == file.parts.end()) continue;
            auto into =
                std::find_if(top.parts.begin(), top.parts.end(), [&](const Checked& p) { return p.name == section; });
            if (into == top.parts.end()) {
                top.parts.push_back(std::move(*from));
                continue;
            }
            std::map<std::string, Place> known;
            for (const Checked& part : into->parts) known.emplace(part.name, part.key_place);
            for (Checked& part : from->parts)
                if (const auto first = known.find(part.name); first != known.end())
                    report_.error(part.key_place, part.path,
                                  "is there twice, first at " + report_.where(first->second));
                else
                    into->parts.push_back(std::move(part));
        }
    }

    const std::string& path_;
    const LoadOptions& options_;
    std::function<std::optional<std::string>(const std::string&)> environment_;
    Report report_;
    std::size_t bytes_ = 0;
    bool is_whole_ = true;
    std::vector<Checked> included_;
};

}  // namespace

Loaded load_settings(const std::string& path, const LoadOptions& options) { return Loading(path, options).load(); }

}  // namespace garner
