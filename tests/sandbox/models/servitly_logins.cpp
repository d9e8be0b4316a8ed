#include "sandbox/models/servitly_logins.hpp"

#include <boost/json/serialize.hpp>
#include <utility>

#include "core/base64.hpp"
#include "sandbox/models/seeded.hpp"

namespace garner::sandbox {
namespace {

// RFC 7515: base 64 with - and _, without padding.
std::string base64url(std::string_view bytes) {
    std::string text = base64_encode(bytes);
    while (!text.empty() && text.back() == '=') text.pop_back();
    for (char& c : text) {
        if (c == '+') c = '-';
        if (c == '/') c = '_';
    }
    return text;
}

std::string text_of(const boost::json::value& body, std::string_view key) {
    const boost::json::value* const value = body.is_object() ? body.get_object().if_contains(key) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

std::string ServitlyLogins::user_id(const std::string& tenant) const {
    return seeded_word(24, chance(options_.seed, "user of " + tenant));
}

std::string ServitlyLogins::tenant_id(const std::string& tenant) const {
    return seeded_word(24, chance(options_.seed, "id of " + tenant));
}

boost::json::object ServitlyLogins::issued(const ServitlyTenantAccount& account, std::string refresh, Asked asked) {
    const std::uint64_t seed = chance(options_.seed, "token of " + account.name, issued_++);
    const WallTime expires = asked.now + options_.scenario.token_lifetime;
    boost::json::object header;
    header["alg"] = "HS256";
    header["typ"] = "JWT";
    boost::json::object claims;
    claims["sub"] = user_id(account.name);
    claims["iat"] = to_unix_ms(asked.now) / 1000;
    claims["exp"] = to_unix_ms(expires) / 1000;
    claims["jti"] = seeded_word(16, seed);
    std::string token = base64url(boost::json::serialize(header)) + "." + base64url(boost::json::serialize(claims)) +
                        "." + seeded_word(43, mix(seed));
    if (refresh.empty()) {
        refresh = seeded_word(48, chance(seed, "refresh"));
        refreshes_[refresh] = {account.name, asked.now + options_.scenario.refresh_lifetime, false, true};
    }
    boost::json::object body;
    body["token"] = token;
    body["tokenExpirationTimestamp"] = to_unix_ms(expires);
    body["refreshToken"] = refresh;
    body["userId"] = user_id(account.name);
    body["tenantId"] = tenant_id(account.name);
    tokens_[token] = {account.name, expires, !asked.answer_lost, false, false};
    newest_[account.name] = std::move(token);
    return body;
}

ServitlyLogins::Answer ServitlyLogins::log_in(const ServitlyTenantAccount* account, bool right,
                                              const std::string& credential, Asked asked) {
    if (account == nullptr || !right) {
        ++counts_.rejected;
        const std::size_t times = ++rejected_[credential];
        if (times > options_.rejected_logins_max)
            violation(asked.now,
                      "login hammering: a rejected credential was tried again (" + std::to_string(times) + " times)");
        return {401, "Invalid credentials", {}};
    }
    if (const auto newest = newest_.find(account->name); newest != newest_.end()) {
        const Token& token = tokens_.at(newest->second);
        if (token.known && !token.refused && asked.now < token.expires)
            violation(asked.now, "login without need: the token of tenant " + account->name + " holds for " +
                                     std::to_string((token.expires - asked.now).count()) + " ms more");
    }
    ++counts_.logins;
    return {200, {}, issued(*account, {}, asked)};
}

ServitlyLogins::Answer ServitlyLogins::renew(const ServitlyTenantAccount& account, std::string_view token_text,
                                             const boost::json::value& body, Asked asked) {
    const auto token = tokens_.find(token_text);
    if (token == tokens_.end() || token->second.tenant != account.name) return {401, "Unauthorized", {}};
    const std::string refresh_text = text_of(body, "refreshToken");
    if (refresh_text.empty() || text_of(body, "userId").empty() || text_of(body, "tenantId").empty())
        return {400, "refreshToken, userId and tenantId are required", {}};
    if (asked.now < token->second.expires) {
        if (!token->second.refused)
            violation(asked.now, "renewal before expiry: the token of tenant " + account.name + " holds for " +
                                     std::to_string((token->second.expires - asked.now).count()) + " ms more");
        return {400, "The token is not expired", {}};
    }
    const auto refresh = refreshes_.find(refresh_text);
    if (refresh != refreshes_.end() && refresh->second.used && refresh->second.successor_known)
        violation(asked.now, "a refresh token of tenant " + account.name + " was used again");
    const bool holds = refresh != refreshes_.end() && !refresh->second.used && refresh->second.tenant == account.name &&
                       asked.now < refresh->second.expires && text_of(body, "userId") == user_id(account.name) &&
                       text_of(body, "tenantId") == tenant_id(account.name);
    if (!holds) return {401, "Invalid refresh token", {}};
    ++counts_.renewals;
    if (options_.scenario.rotate_refresh_tokens) {
        refresh->second.used = true;
        refresh->second.successor_known = !asked.answer_lost;
    }
    return {200, {}, issued(account, options_.scenario.rotate_refresh_tokens ? std::string() : refresh_text, asked)};
}

ServitlyLogins::Answer ServitlyLogins::log_out(const ServitlyTenantAccount& account, const boost::json::value& body) {
    const auto refresh = refreshes_.find(text_of(body, "refreshToken"));
    if (refresh == refreshes_.end() || refresh->second.tenant != account.name) return {400, "refreshToken", {}};
    refreshes_.erase(refresh);
    if (const auto newest = newest_.find(account.name); newest != newest_.end())
        tokens_.at(newest->second).known = false;
    return {200, {}, {}};
}

std::string ServitlyLogins::refusal(const std::string& tenant, std::string_view text, WallTime now) {
    const auto token = tokens_.find(text);
    if (token == tokens_.end()) return text.empty() ? "Authentication is required" : "Invalid token";
    token->second.refused = true;
    if (token->second.tenant != tenant) {
        violation(now, "a token of tenant " + token->second.tenant + " was used at tenant " + tenant);
        return "Invalid token";
    }
    if (token->second.revoked) return "Invalid token";
    if (now >= token->second.expires) return "Token expired";
    token->second.refused = false;
    return {};
}

void ServitlyLogins::token_refused(std::string_view text) {
    if (const auto token = tokens_.find(text); token != tokens_.end()) token->second.refused = true;
}

void ServitlyLogins::revoke_all() {
    for (auto& [text, token] : tokens_) token.revoked = true;
    refreshes_.clear();
}

void ServitlyLogins::client_restarted() {
    for (auto& [text, token] : tokens_) token.known = false;
}

void ServitlyLogins::client_lost_memory() {
    client_restarted();
    rejected_.clear();
}

void ServitlyLogins::reset() {
    tokens_.clear();
    refreshes_.clear();
    newest_.clear();
    rejected_.clear();
    counts_ = {};
}

}  // namespace garner::sandbox
