#include "settings/report.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/text.hpp"

namespace garner {

std::string Diagnostic::text() const {
    std::string text = file;
    if (line > 0) text += ":" + std::to_string(line) + ":" + std::to_string(column);
    if (!path.empty()) text += ": " + path;
    return text + ": " + message;
}

int Report::add_file(File file) {
    files_.push_back(std::move(file));
    return static_cast<int>(files_.size()) - 1;
}

void Report::error(const Place& place, std::string path, std::string message) {
    if (!full()) errors_.push_back({place, std::move(path), std::move(message)});
}

void Report::warning(const Place& place, std::string path, std::string message) {
    if (warnings_.size() < errors_max) warnings_.push_back({place, std::move(path), std::move(message)});
}

std::string Report::where(const Place& place) const {
    return file(place).shown + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::vector<Diagnostic> Report::sorted(std::vector<Entry> entries) const {
    const auto key = [](const Entry& e) {
        return std::tie(e.place.file, e.place.line, e.place.column, e.path, e.message);
    };
    std::sort(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) { return key(a) < key(b); });
    entries.erase(
        std::unique(entries.begin(), entries.end(), [&](const Entry& a, const Entry& b) { return key(a) == key(b); }),
        entries.end());
    std::vector<Diagnostic> diagnostics;
    diagnostics.reserve(entries.size());
    // Names and values are quoted from the file: whatever bytes they have, one line comes of it.
    constexpr std::size_t shown_max = 2'000;
    for (const Entry& e : entries)
        diagnostics.push_back({file(e.place).shown, e.place.line, e.place.column, printable(e.path, shown_max),
                               printable(e.message, shown_max)});
    return diagnostics;
}

Loaded Report::finish() {
    const bool cut = full();
    Loaded loaded;
    loaded.errors = sorted(std::exchange(errors_, {}));
    loaded.warnings = sorted(std::exchange(warnings_, {}));
    if (cut)
        loaded.errors.push_back(
            {files_.front().shown, 0, 0, "", "there are more errors than these " + std::to_string(errors_max)});
    return loaded;
}

}  // namespace garner
