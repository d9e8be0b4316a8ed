#include "connectors/servitly_account.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <utility>

#include "connectors/json.hpp"
#include "core/probe.hpp"
#include "core/text.hpp"

namespace garner {
namespace {

// Milliseconds up to the year 5138; anything else is no instant that a token can end at.
constexpr std::int64_t expiration_max = 100'000'000'000'000;

// JSON escapes within a string, without the quotes around it.
std::string as_in_json(const std::string& text) {
    const std::string quoted = boost::json::serialize(boost::json::value(text));
    return quoted.substr(1, quoted.size() - 2);
}

std::string text_member(const boost::json::value& value, std::string_view key) {
    const auto text = optional_string_member(value, key, "");
    return text ? *text : std::string();
}

// Nothing of a login can have started an export, and somebody else's turn is no reason to wait for one.
Failure of_login(Failure failure, const std::string& operation) {
    if (failure.kind == FailureKind::uncertain || failure.kind == FailureKind::busy ||
        failure.kind == FailureKind::corrupt)
        failure.kind = FailureKind::transient;
    return operation.empty() ? failure : failure.during(operation);
}

}  // namespace

ServitlyAccount::ServitlyAccount(const SourceSettings& settings, const ServitlyTenant& tenant,
                                 const ConnectorTools& tools)
    : http_(tools.http),
      clock_(tools.clock),
      session_(tools.sessions->of(login_fingerprint(settings, tenant.name))),
      tenant_(tenant),
      base_(settings.http.base_url),
      tenant_header_(std::get<ServitlySettings>(settings.vendor).tenant_header),
      place_("sources." + settings.name + ".tenants." + tenant.name) {
    while (base_.ends_with('/')) base_.pop_back();
    for (const Secret* secret : {&tenant_.api_key, &tenant_.pat, &tenant_.password}) {
        credentials_.push_back(*secret);
        credentials_.emplace_back(as_in_json(secret->reveal()));
        credentials_.emplace_back(boost::urls::encode(secret->reveal(), boost::urls::unreserved_chars));
    }
    // Of two that begin alike the longer one must go first, or its rest stays.
    std::sort(credentials_.begin(), credentials_.end(),
              [](const Secret& a, const Secret& b) { return a.reveal().size() > b.reveal().size(); });
}

HttpRequest ServitlyAccount::make_request(std::string method, const std::string& path, const std::string& body) const {
    HttpRequest request(std::move(method), base_ + path);
    request.headers.emplace_back("Accept", "application/json");
    request.headers.emplace_back(tenant_header_, tenant_.name);
    if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    request.body = body;
    return request;
}

HttpRequest ServitlyAccount::make_download(std::string url) const {
    HttpRequest request("GET", std::move(url));
    request.authorization = authorization();
    request.headers.emplace_back(tenant_header_, tenant_.name);
    return request;
}

Secret ServitlyAccount::authorization() const { return Secret("Bearer " + session_->token.reveal()); }

std::string ServitlyAccount::cleaned(std::string text) const {
    const Session& session = *session_;
    for (const Secret* secret : {&session.token, &session.refresh_token, &previous_token_, &previous_refresh_token_})
        text = without_secret(std::move(text), *secret);
    for (const Secret& secret : credentials_) text = without_secret(std::move(text), secret);
    return text;
}

// Cleaned first: half a secret behind a cut would not be found.
std::string ServitlyAccount::shown(const std::string& text, std::size_t bytes_max) const {
    return printable(cleaned(text), bytes_max);
}

Result<boost::json::value> ServitlyAccount::parse(const std::string& body) const {
    auto json = parse_json(body);
    if (json) return json;
    const auto quoted = parse_json(cleaned(body));
    return quoted ? Failure(FailureKind::corrupt, "broken JSON") : quoted.error();
}

std::string ServitlyAccount::message_of(const HttpReply& reply) const {
    const auto json = parse(reply.body);
    return json ? shown(text_member(*json, "message"), 200) : std::string();
}

Result<void> ServitlyAccount::check(const std::string& operation, const HttpReply& reply, Sent sent) const {
    HttpReply clean = reply;
    clean.body = cleaned(std::move(clean.body));
    VendorError said;
    said.text = message_of(reply);
    auto checked = check_reply(operation, clean, sent, said);
    if (checked) return checked;
    Failure failure = checked.error();
    if (failure.http_status == 401) {
        // The login was good a moment ago: it is this call that the token does not get.
        failure.login_rejected = false;
        failure.what += "; Servitly refuses a token that it has just given: is the user of " + place_ +
                        " still active, and may its API key be used without a website or an app?";
    }
    if (failure.http_status == 403)
        failure.what += "; the permission EXPORT_DATA is needed on both the user and the API key of " + place_;
    return failure;
}

Task<Result<HttpReply>> ServitlyAccount::exchange_with_token(const HttpRequest& request) {
    HttpRequest authorized = request;
    authorized.authorization = authorization();
    co_return co_await http_.exchange(authorized);
}

Task<Result<HttpReply>> ServitlyAccount::no_call() const {
    HttpReply nothing;
    nothing.head.status = 200;
    co_return nothing;
}

Task<Result<HttpReply>> ServitlyAccount::call(HttpRequest request, std::string operation) {
    const std::uint64_t refusals = refusals_;
    const LogIn log_in_now = [this, refusals] { return log_in(refusals); };
    const CallWithToken ask = [this, &request] { return exchange_with_token(request); };
    const auto reply = co_await call_with_token(session_, clock_, log_in_now, ask);
    if (!reply) co_return reply.error().during(operation);
    co_return reply;
}

Task<Result<void>> ServitlyAccount::ensure_login() {
    const std::uint64_t refusals = refusals_;
    const LogIn log_in_now = [this, refusals] { return log_in(refusals); };
    const CallWithToken ask = [this] { return no_call(); };
    const auto reply = co_await call_with_token(session_, clock_, log_in_now, ask);
    if (!reply) co_return reply.error();
    co_return Result<void>();
}

// A login that was refused while this coroutine waited for its turn is not tried a second time: that locks accounts.
Task<Result<void>> ServitlyAccount::log_in(std::uint64_t refusals_before) {
    if (refusals_ != refusals_before) co_return refusal_;
    if (!session_->token.empty() && !session_->refresh_token.empty()) {
        const auto renewed = co_await renew();
        if (!renewed) co_return renewed.error();
        if (*renewed) co_return Result<void>();
    }
    const auto logged_in = co_await log_in_freshly();
    if (!logged_in && logged_in.error().login_rejected) {
        ++refusals_;
        refusal_ = logged_in.error();
    }
    co_return logged_in;
}

// POST /identity/users/me/renewToken with the expired token. True: there is a token to go on with; false: only a login
// with the credential brings one.
Task<Result<bool>> ServitlyAccount::renew() {
    const std::string operation = "renew the login of tenant " + printable(tenant_.name, 80);
    boost::json::object body;
    body["refreshToken"] = session_->refresh_token.reveal();
    body["userId"] = session_->user_id;
    body["tenantId"] = session_->tenant_id;
    const bool was_refused = session_->refused;
    const std::string text = boost::json::serialize(body);
    HttpRequest request = make_request("POST", "/identity/users/me/renewToken", text);
    request.authorization = authorization();
    const auto reply = co_await http_.exchange(request);
    if (!reply) co_return of_login(reply.error(), operation);
    if (reply->head.status == 400 && !was_refused) {
        // It was our clock that took the token for expired, and the vendor knows better: it holds until a 401.
        session_->used_until.reset();
        co_return true;
    }
    const auto checked = check_reply(operation, *reply, Sent::question, {});
    if (checked && accept(operation, *reply)) co_return true;
    if (!checked && checked.error().kind != FailureKind::rejected)
        co_return of_login(check_login(operation, *reply, "").error(), "");
    previous_token_ = std::exchange(session_->token, Secret());
    previous_refresh_token_ = std::exchange(session_->refresh_token, Secret());
    co_return false;
}

// By a personal access token where there is one, else by e-mail address and password: POST patLogin {apiKey, pat}, or
// POST login?apiKey=... {email, password}. The API key goes into logins only.
Task<Result<void>> ServitlyAccount::log_in_freshly() {
    const std::string operation = "log in to tenant " + printable(tenant_.name, 80);
    const bool by_pat = !tenant_.pat.empty();
    boost::json::object body;
    std::string path = "/identity/users/patLogin";
    if (by_pat) {
        body["apiKey"] = tenant_.api_key.reveal();
        body["pat"] = tenant_.pat.reveal();
    } else {
        path = "/identity/users/login?apiKey=" +
               boost::urls::encode(tenant_.api_key.reveal(), boost::urls::unreserved_chars);
        body["email"] = tenant_.email;
        body["password"] = tenant_.password.reveal();
    }
    const std::string text = boost::json::serialize(body);
    const HttpRequest request = make_request("POST", path, text);
    const auto reply = co_await http_.exchange(request);
    if (!reply) co_return of_login(reply.error(), operation);
    const std::string hint = std::string(by_pat ? "`api_key` and `pat`" : "`api_key`, `email` and `password`") +
                             " of " + place_ + ", and the source's `tenant_header`";
    if (const auto ok = check_login(operation, *reply, hint); !ok) co_return of_login(ok.error(), "");
    co_return accept(operation, *reply);
}

Result<void> ServitlyAccount::check_login(const std::string& operation, const HttpReply& reply,
                                          const std::string& hint) const {
    HttpReply clean = reply;
    clean.body = cleaned(std::move(clean.body));
    VendorError said;
    said.text = message_of(reply);
    auto checked = check_reply(operation, clean, Sent::question, said);
    if (checked) return checked;
    Failure failure = checked.error();
    // A page comes from a proxy or an allow-list, not from the login: then the credential may be good.
    const std::string foreign = foreign_format(std::string_view(reply.body).substr(0, 256));
    const bool by_vendor = foreign.empty() || foreign == "a JSON document";
    const int status = failure.http_status;
    failure.login_rejected = status == 401 || (by_vendor && (status == 400 || status == 403));
    if (failure.login_rejected) failure.what += "; Servitly does not accept this login: check " + hint;
    if (status == 404) failure.what += "; is the source's `url` right?";
    return failure;
}

// {token, tokenExpirationTimestamp, refreshToken, userId, tenantId}; the token is what counts. A renewal may keep the
// refresh token.
Result<void> ServitlyAccount::accept(const std::string& operation, const HttpReply& reply) {
    const auto json = parse_json(reply.body);
    if (!json) {
        // Not the parser's words: they quote the body, and a token may be in it.
        const std::string foreign = foreign_format(std::string_view(reply.body).substr(0, 256));
        const bool page = !foreign.empty() && foreign != "a JSON document";
        return of_login(Failure(FailureKind::corrupt, (page ? foreign : "broken JSON") + " instead of a token"),
                        operation);
    }
    const auto token = string_member(*json, "token", "");
    if (!token) return of_login(token.error(), operation);
    std::optional<SteadyTime> used_until;
    const auto* expires = json->as_object().if_contains("tokenExpirationTimestamp");
    if (expires != nullptr && expires->is_int64() && expires->get_int64() > 0 && expires->get_int64() < expiration_max)
        used_until = steady_time_of(from_unix_ms(expires->get_int64()), reply.head, clock_);
    // A token that comes expired cannot be meant: it holds until a 401.
    if (used_until && *used_until <= clock_.steady_now()) used_until.reset();
    const auto take = [&](std::string_view key, std::string& kept) {
        if (std::string text = text_member(*json, key); !text.empty()) kept = std::move(text);
    };
    if (const std::string rotated = text_member(*json, "refreshToken"); !rotated.empty()) {
        previous_refresh_token_ = session_->refresh_token;
        session_->refresh_token = Secret(rotated);
    }
    take("userId", session_->user_id);
    take("tenantId", session_->tenant_id);
    previous_token_ = session_->token;
    accept_token(*session_, Secret(*token), used_until);
    return {};
}

}  // namespace garner
