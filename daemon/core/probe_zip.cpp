// ZIP archives of CSV: every entry is one, and the archive ends with the directory of what it holds. What is read of it
// never depends on the pieces that it comes in.
#include <algorithm>
#include <optional>

#include "core/probe_formats.hpp"
#include "core/text.hpp"
#include "core/zip_directory.hpp"
#include "core/zip_entries.hpp"

namespace garner {
namespace {

constexpr std::size_t first_bytes_max = 512;
constexpr std::size_t signature_size = 4;
constexpr std::size_t history_max = 256;  // libarchive looks ahead by a few bytes

class ZipProbe final : public Probe {
public:
    void reset() override {
        first_bytes_.clear();
        history_.clear();
        size_ = 0;
        directory_.reset();
        entries_.reset();
    }

    void update(std::span<const std::byte> bytes) override {
        if (bytes.empty()) return;
        std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        size_ += text.size();
        std::string joined;
        const bool undecided = first_bytes_.size() < signature_size;
        if (undecided) joined = first_bytes_ + std::string(text);
        first_bytes_ += text.substr(0, first_bytes_max - std::min(first_bytes_max, first_bytes_.size()));
        if (undecided) text = joined;
        if (first_bytes_.size() < signature_size || !is_zip()) return;
        if (directory_) return directory_->update(text);
        if (!entries_) entries_ = std::make_unique<ZipEntries>();
        entries_->push(std::as_bytes(std::span(text)));
        if (entries_->directory_from()) return begin_directory(text);
        history_ += text.substr(text.size() - std::min(text.size(), history_max));
        history_.erase(0, history_.size() - std::min(history_.size(), history_max));
    }

    ProbeResult finish() override {
        if (size_ == 0) return {"empty", {"the file is empty"}};
        if (!is_zip()) return not_zip();
        if (!entries_) return {"zip", {"the file is cut off"}};
        if (!directory_) {
            entries_->end();
            if (entries_->directory_from()) begin_directory({});
        }
        ProbeResult result{entries_->summary(), whole_archive_reasons()};
        result.csv = entries_->content();
        if (directory_ && entries_->files() == 0 && entries_->reason_count() == 0)
            result.csv->no_row = "the archive has no file";
        else if (directory_ && result.csv->rows == 0 && entries_->all_read())
            result.csv->no_row = "no file of the archive has a row";
        std::uint64_t count = result.reasons.size() + entries_->reason_count();
        for (const std::string& reason : entries_->reasons()) result.reasons.push_back(reason);
        result.reasons.resize(std::min(result.reasons.size(), ZipEntries::reasons_max));
        if (count > result.reasons.size())
            result.reasons.push_back("and " + std::to_string(count - result.reasons.size()) + " more");
        return result;
    }

private:
    bool is_zip() const {
        const std::string_view start = std::string_view(first_bytes_).substr(0, signature_size);
        return start == "PK\x03\x04" || start == "PK\x05\x06" || start == "PK\x06\x06" || start == "PK00" ||
               (start.size() < signature_size && std::string_view("PK\x03\x04").starts_with(start));
    }

    ProbeResult not_zip() const {
        std::string what = foreign_file(first_bytes_);
        if (what.empty() && first_bytes_.find('\0') == std::string::npos &&
            first_bytes_.substr(0, first_bytes_.find('\n')).find_first_of(",;\t") != std::string::npos)
            what = "plain CSV";
        const std::string shown = how_it_begins(first_bytes_);
        if (what.empty()) return {"unknown", {"it is not a ZIP archive" + shown}};
        return {what, {"it is " + what + ", not a ZIP archive" + shown}};
    }

    // The reader looked for the next entry from here on, and saw the first record of the directory instead; it may
    // stand in bytes that came before these.
    void begin_directory(std::string_view bytes) {
        const std::string seen = history_ + std::string(bytes);
        const std::uint64_t seen_from = size_ - seen.size();
        const std::uint64_t from = std::max(*entries_->directory_from(), seen_from) - seen_from;
        std::size_t at = std::string::npos;
        for (const char* signature : {"PK\x01\x02", "PK\x05\x06", "PK\x06\x06"})
            at = std::min(at, seen.find(signature, from));
        at = std::min(at, seen.size());
        directory_.emplace(seen_from + at);
        directory_->update(std::string_view(seen).substr(at));
        history_.clear();
    }

    std::vector<std::string> whole_archive_reasons() {
        std::vector<std::string> reasons;
        if (!directory_) {
            reasons.push_back(entries_->gave_up().empty() ? "the file is cut off" : entries_->gave_up());
            return reasons;
        }
        const std::string trouble = directory_->finish();
        if (!trouble.empty()) {
            reasons.push_back(trouble);
        } else if (directory_->listing().entries != entries_->listing().entries) {
            reasons.push_back("the archive has " + std::to_string(entries_->listing().entries) +
                              " entries, its directory " + std::to_string(directory_->listing().entries));
        } else if (entries_->all_read() && directory_->unsafe().empty() &&
                   directory_->listing() != entries_->listing()) {
            reasons.emplace_back("the archive's directory has other names or sizes than its entries");
        }
        if (!directory_->unsafe().empty() && !entries_->has_unsafe_name()) reasons.push_back(directory_->unsafe());
        return reasons;
    }

    std::string first_bytes_;
    std::string history_;  // the last bytes before the current piece
    std::uint64_t size_ = 0;
    std::unique_ptr<ZipEntries> entries_;
    std::optional<ZipDirectory> directory_;
};

}  // namespace

std::unique_ptr<Probe> make_zip_probe() { return std::make_unique<ZipProbe>(); }

}  // namespace garner
