// OpenPGP messages, binary or armored, as an appliance's backup is: whole when the packets end where the file ends.
// Whether the passphrase is known is not asked.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/openpgp_armor.hpp"
#include "core/openpgp_packets.hpp"
#include "core/probe_formats.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

constexpr std::size_t first_bytes_max = 512;
constexpr std::size_t decoded_max = 16 * 1024;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

class OpenPgpProbe final : public Probe {
public:
    void reset() override { *this = OpenPgpProbe(); }

    void update(std::span<const std::byte> bytes) override {
        std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        size_ += text.size();
        first_bytes_ += text.substr(0, first_bytes_max - std::min(first_bytes_max, first_bytes_.size()));
        if (form_ == Form::unknown) {
            start_ += text;
            form_ = form_of(start_);
            if (form_ != Form::unknown) take(std::exchange(start_, {}));
        } else {
            take(text);
        }
    }

    ProbeResult finish() override {
        if (size_ == 0) return {"empty", {"the file is empty"}};
        if (form_ == Form::unknown || form_ == Form::other) return other();
        ProbeResult result;
        std::string trouble;
        if (form_ == Form::armored) trouble = armor_.finish();
        std::string of_packets = packets_.finish();
        if (form_ == Form::armored && !of_packets.empty()) of_packets += " (of what the ASCII armor holds)";
        if (trouble.empty()) trouble = of_packets;
        result.summary = (form_ == Form::armored ? "openpgp with ASCII armor: " : "openpgp: ") + packets_.summary();
        if (!trouble.empty()) result.reasons.push_back(trouble);
        return result;
    }

private:
    enum class Form { unknown, binary, armored, other };

    // By the first bytes; unknown while they are too few.
    static Form form_of(std::string_view start) {
        if (std::string_view(byte_order_mark).starts_with(start.substr(0, 3)) && start.size() < 3) return Form::unknown;
        if (start.starts_with(byte_order_mark)) return Form::other;
        if (static_cast<unsigned char>(start.front()) >= 0x80) return known_otherwise(start);
        const std::size_t first = start.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos) return start.size() < first_bytes_max ? Form::unknown : Form::other;
        constexpr std::string_view begin = "-----BEGIN PGP MESSAGE-----";
        const std::string_view word = start.substr(first, begin.size());
        if (word == begin) return Form::armored;
        return begin.starts_with(word) ? Form::unknown : Form::other;
    }

    // Two signatures of other formats look like packets.
    static Form known_otherwise(std::string_view start) {
        constexpr std::string_view xz("\xFD\x37zXZ\0", 6);
        if (start.size() < xz.size() && xz.starts_with(start)) return Form::unknown;
        return start.starts_with(xz) ? Form::other : Form::binary;
    }

    void take(std::string_view text) {
        if (form_ == Form::binary) packets_.update(text);
        if (form_ != Form::armored) return;
        while (!text.empty()) {
            decoded_.clear();
            const std::string_view piece = text.substr(0, decoded_max);
            armor_.update(piece, decoded_);
            packets_.update(decoded_);
            text.remove_prefix(piece.size());
        }
    }

    ProbeResult other() const {
        const std::string what = foreign_file(first_bytes_);
        const std::string_view line = trim_ascii(first_bytes_).substr(0, trim_ascii(first_bytes_).find('\n'));
        const std::string shown = how_it_begins(first_bytes_);
        if (!what.empty()) return {what, {"it is " + what + ", not an OpenPGP message" + shown}};
        if (line.starts_with("-----BEGIN "))
            return {"armored text", {"it is not an OpenPGP message: it begins with '" + printable(line, 80) + "'"}};
        return {"unknown", {"no OpenPGP packet begins at byte 0" + shown}};
    }

    Form form_ = Form::unknown;
    std::uint64_t size_ = 0;
    std::string first_bytes_;
    std::string start_;  // until the form is known
    std::string decoded_;
    OpenPgpArmor armor_;
    OpenPgpPackets packets_;
};

}  // namespace

std::unique_ptr<Probe> make_openpgp_probe() { return std::make_unique<OpenPgpProbe>(); }

}  // namespace garner
