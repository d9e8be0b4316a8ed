#include "service/basic_auth.hpp"

#include <crypt.h>

#include <memory>
#include <optional>

#include "core/text.hpp"
#include "platform/sha256.hpp"
#include "service/on_worker.hpp"

namespace garner {
namespace {

constexpr std::size_t checks_waiting_max = 8;
constexpr std::size_t remembered_max = 64;
constexpr std::size_t password_bytes_max = 1024;

bool same_in_constant_time(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned>(static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]));
    return difference == 0;
}

int base64_value(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    if (c == '/') return 63;
    return -1;
}

struct Credentials {
    std::string user;
    std::string password;
};

std::optional<Credentials> parse_basic(std::string_view authorization) {
    constexpr std::string_view scheme = "basic ";
    if (authorization.size() < scheme.size()) return std::nullopt;
    if (to_lower_ascii(authorization.substr(0, scheme.size())) != scheme) return std::nullopt;
    const std::string text = decode_base64(trim_ascii(authorization.substr(scheme.size())));
    const auto colon = text.find(':');
    if (colon == std::string::npos || text.size() > password_bytes_max) return std::nullopt;
    if (text.find('\0') != std::string::npos) return std::nullopt;
    return Credentials{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

std::string decode_base64(std::string_view text) {
    if (text.size() % 4 != 0) return {};
    while (!text.empty() && text.back() == '=') text.remove_suffix(1);
    std::string bytes;
    unsigned bits = 0;
    int held = 0;
    for (const char c : text) {
        const int value = base64_value(c);
        if (value < 0) return {};
        bits = (bits << 6) | static_cast<unsigned>(value);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes += static_cast<char>((bits >> held) & 0xFFU);
    }
    return bytes;
}

bool bcrypt_matches(const std::string& password, const std::string& hash) {
    auto data = std::make_unique<crypt_data>();
    const char* made = crypt_r(password.c_str(), hash.c_str(), data.get());
    const bool same = made != nullptr && same_in_constant_time(made, hash);
    explicit_bzero(data.get(), sizeof(crypt_data));
    return same;
}

void BasicAuth::configure(std::map<std::string, std::string> users) {
    users_ = std::move(users);
    right_.clear();
}

Task<bool> BasicAuth::check(std::string authorization) {
    if (users_.empty()) co_return true;
    const std::optional<Credentials> credentials = parse_basic(authorization);
    if (!credentials) co_return false;
    const auto user = users_.find(credentials->user);
    const bool known = user != users_.end();
    const std::string hash = known ? user->second : users_.begin()->second;  // so that the time tells nothing
    const std::string memory = Sha256::of(key_ + '\0' + credentials->user + '\0' + credentials->password + '\0' + hash);
    if (right_.contains(memory)) co_return true;
    if (waiting_ >= checks_waiting_max) co_return false;

    ++waiting_;
    auto matches = std::make_shared<bool>(false);
    std::function<void()> work = [password = credentials->password, hash, matches] {
        *matches = bcrypt_matches(password, hash);
    };
    co_await on_worker(worker_, std::move(work));
    --waiting_;

    if (!*matches || !known) co_return false;
    if (right_.size() >= remembered_max) right_.clear();
    // The users may have changed meanwhile: then the hash no longer counts, and neither does this check.
    const auto still = users_.find(credentials->user);
    if (still == users_.end() || still->second != hash) co_return false;
    right_.insert(memory);
    co_return true;
}

}  // namespace garner
