#include "sandbox/models/presigned.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "platform/sha256.hpp"
#include "sandbox/models/http_text.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

constexpr std::string_view kSignatureKey = "&X-Amz-Signature=";

std::string_view query_value(std::string_view query, std::string_view key) {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        if (pair.size() > key.size() && pair.substr(0, key.size()) == key && pair[key.size()] == '=')
            return pair.substr(key.size() + 1);
        if (end == std::string_view::npos) break;
        query.remove_prefix(end + 1);
    }
    return {};
}

std::optional<std::uint64_t> number(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

// "20260301T021500Z", as sign() wrote it.
std::optional<WallTime> signing_time(std::string_view text) {
    if (text.size() != 16) return std::nullopt;
    std::string extended;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i == 4 || i == 6) extended += '-';
        if (i == 11 || i == 13) extended += ':';
        extended += text[i];
    }
    return parse_rfc3339(extended);
}

struct Part {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};

enum class RangeKind { whole, part, unsatisfiable };

std::pair<RangeKind, Part> chosen_range(std::string_view range, std::uint64_t size) {
    const std::pair<RangeKind, Part> whole{RangeKind::whole, {0, size}};
    if (range.substr(0, 6) != "bytes=" || range.find(',') != std::string_view::npos) return whole;
    range.remove_prefix(6);
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos) return whole;
    const std::string_view from = range.substr(0, dash);
    const std::string_view to = range.substr(dash + 1);
    if (from.empty()) {
        const auto suffix = number(to);
        if (!suffix) return whole;
        if (*suffix == 0 || size == 0) return {RangeKind::unsatisfiable, {}};
        const std::uint64_t length = std::min(*suffix, size);
        return {RangeKind::part, {size - length, length}};
    }
    const auto first = number(from);
    const auto last = to.empty() ? std::optional<std::uint64_t>(size == 0 ? 0 : size - 1) : number(to);
    if (!first || !last) return whole;
    if (*first >= size) return {RangeKind::unsatisfiable, {}};
    if (*last < *first) return whole;
    return {RangeKind::part, {*first, std::min(*last, size - 1) - *first + 1}};
}

}  // namespace

Presigner::Presigner(std::uint64_t seed) : key_(seeded_word(40, chance(seed, "signing key"))) {}

std::string Presigner::signature(std::string_view host, std::string_view path, std::string_view query) const {
    std::string text = key_ + "\nGET\n";
    for (std::string_view line : {host, path, query}) text.append(line).append("\n");
    return Sha256::of(key_ + Sha256::of(text));
}

std::string Presigner::sign(const std::string& base_url, const std::string& path, WallTime now, Duration lifetime) {
    const std::string date = format_basic(now);
    const std::uint64_t nonce = chance(signed_++, key_);
    const std::string query =
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA" + seeded_word(16, nonce) + "%2F" + date.substr(0, 8) +
        "%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=" + date +
        "&X-Amz-Expires=" + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(lifetime).count()) +
        "&X-Amz-Security-Token=" + seeded_word(24, mix(nonce)) + "%2B%2F%3D&X-Amz-SignedHeaders=host";
    return base_url + path + "?" + query + std::string(kSignatureKey) + signature(host_of_url(base_url), path, query);
}

Presigner::Verdict Presigner::check(const ModelRequest& request, WallTime now) const {
    const std::string_view query = request.query();
    const std::size_t at = query.rfind(kSignatureKey);
    if (at == std::string_view::npos) return Verdict::missing;
    const std::string_view given = query.substr(at + kSignatureKey.size());
    if (given != signature(request.host, request.path(), query.substr(0, at))) return Verdict::altered;
    const auto date = signing_time(query_value(query, "X-Amz-Date"));
    const auto seconds = number(query_value(query, "X-Amz-Expires"));
    if (!date || !seconds) return Verdict::altered;
    return now >= *date + std::chrono::seconds(*seconds) ? Verdict::expired : Verdict::good;
}

ModelReply store_error(int status, std::string_view code, std::string_view message) {
    ModelReply reply;
    reply.status = status;
    reply.headers = {{"content-type", "application/xml"}};
    reply.body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + std::string(code) + "</Code><Message>" +
                 std::string(message) + "</Message><RequestId>" + seeded_word(16, chance(0, message)) +
                 "</RequestId></Error>";
    return reply;
}

ModelReply serve_object(const StoredObject& object, const ModelRequest& request) {
    const std::uint64_t size = object.content->size();
    const std::string modified = format_http_date(object.modified);
    ModelReply reply;
    reply.headers = {{"content-type", object.media_type},
                     {"etag", object.etag},
                     {"last-modified", modified},
                     {"accept-ranges", "bytes"}};
    const std::string_view condition = request.header("if-range");
    const bool unchanged = condition.empty() || condition == object.etag || condition == modified;
    const auto [kind, part] =
        unchanged ? chosen_range(request.header("range"), size) : std::pair(RangeKind::whole, Part{0, size});
    if (kind == RangeKind::unsatisfiable) {
        reply = store_error(416, "InvalidRange", "The requested range is not satisfiable");
        reply.headers.emplace_back("content-range", "bytes */" + std::to_string(size));
        return reply;
    }
    if (kind == RangeKind::part) {
        reply.status = 206;
        reply.headers.emplace_back("content-range", "bytes " + std::to_string(part.first) + "-" +
                                                        std::to_string(part.first + part.length - 1) + "/" +
                                                        std::to_string(size));
    }
    reply.content = object.content;
    reply.content_offset = part.first;
    reply.content_length = part.length;
    return reply;
}

}  // namespace garner::sandbox
