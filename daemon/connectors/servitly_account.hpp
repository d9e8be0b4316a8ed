// One tenant's account at Servitly: its login, its token on every call, and its secrets in none of our texts. What a
// newcomer gets wrong: a token cannot be renewed before it has expired, and it is the expired one that renews.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "connectors/connector.hpp"
#include "connectors/reply_check.hpp"

namespace garner {

class ServitlyAccount {
public:
    ServitlyAccount(const SourceSettings&, const ServitlyTenant&, const ConnectorTools&);

    /// A request of this tenant to a path of the API, without a token; with a JSON body where there is one.
    HttpRequest make_request(std::string method, const std::string& path, const std::string& body = {}) const;

    /// A download from an absolute address. With the token and the tenant: HttpClient strips both where the address is
    /// not of the API's own origin, so that a presigned one gets neither.
    HttpRequest make_download(std::string url) const;

    /// One call, logged in: see call_with_token(). Failures of the connection carry `operation`.
    Task<Result<HttpReply>> call(HttpRequest request, std::string operation);

    /// Logs in where there is no token that holds.
    Task<Result<void>> ensure_login();

    /// Text of the vendor's for people: no secret, printable, one line.
    std::string shown(const std::string& text, std::size_t bytes_max) const;

    /// The body as JSON. A failure quotes it, without secrets.
    Result<boost::json::value> parse(const std::string& body) const;

    /// What the vendor says in an error body: {"message": ...}. Empty when it is not of that form.
    std::string message_of(const HttpReply&) const;

    /// As check_reply(), with what an admin has to look at.
    Result<void> check(const std::string& operation, const HttpReply&, Sent) const;

private:
    Task<Result<HttpReply>> exchange_with_token(const HttpRequest& request);
    Task<Result<HttpReply>> no_call() const;
    Task<Result<void>> log_in(std::uint64_t refusals_before);
    Task<Result<void>> log_in_freshly();
    Task<Result<bool>> renew();
    Result<void> accept(const std::string& operation, const HttpReply&);
    Result<void> check_login(const std::string& operation, const HttpReply&, const std::string& hint) const;
    Secret authorization() const;
    std::string cleaned(std::string text) const;

    HttpClient& http_;
    const Clock& clock_;
    std::shared_ptr<Session> session_;
    ServitlyTenant tenant_;
    std::string base_;
    std::string tenant_header_;
    std::string place_;                ///< "sources.fleet.tenants.acme"
    std::vector<Secret> credentials_;  ///< in every form in which they are sent
    Secret previous_token_;            ///< an answer may still hold it
    Secret previous_refresh_token_;
    std::uint64_t refusals_ = 0;
    Failure refusal_;  ///< the last one
};

}  // namespace garner
