// Servitly's tokens: who has which, until when, and whether a login or renewal was needed. The tokens look like JWTs,
// but only this table says what they are worth.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "core/time.hpp"
#include "sandbox/models/servitly.hpp"
#include "sandbox/models/vendor_model.hpp"

namespace garner::sandbox {

class ServitlyLogins {
public:
    /// Both outlive it.
    ServitlyLogins(const ServitlyOptions& options, std::vector<Violation>& violations)
        : options_(options), violations_(violations) {}

    /// An answer of this part: a status with a message, or 200 with a body.
    struct Answer {
        int status = 200;
        std::string message;
        boost::json::object body;
    };
    /// What is true of one request.
    struct Asked {
        WallTime now;
        bool answer_lost = false;
    };

    /// `account` is nothing where no tenant has this name; `credential` counts what was rejected.
    Answer log_in(const ServitlyTenantAccount* account, bool right, const std::string& credential, Asked);
    Answer renew(const ServitlyTenantAccount&, std::string_view token, const boost::json::value& body, Asked);
    Answer log_out(const ServitlyTenantAccount&, const boost::json::value& body);

    /// Why the token does not hold at this tenant; empty when it does.
    std::string refusal(const std::string& tenant, std::string_view token, WallTime now);

    void token_refused(std::string_view token);
    void revoke_all();  ///< tokens and refresh tokens
    void client_restarted();
    void client_lost_memory();
    void reset();
    const ServitlyModel::Logins& counts() const { return counts_; }

private:
    struct Token {
        std::string tenant;
        WallTime expires;
        bool known = true;     ///< the client got it and has not forgotten it
        bool refused = false;  ///< a 401 was answered with it
        bool revoked = false;
    };
    struct Refresh {
        std::string tenant;
        WallTime expires;
        bool used = false;
        bool successor_known = true;
    };

    boost::json::object issued(const ServitlyTenantAccount&, std::string refresh, Asked);
    std::string user_id(const std::string& tenant) const;
    std::string tenant_id(const std::string& tenant) const;
    void violation(WallTime now, std::string what) { violations_.push_back({now, std::move(what)}); }

    const ServitlyOptions& options_;
    std::vector<Violation>& violations_;
    std::map<std::string, Token, std::less<>> tokens_;
    std::map<std::string, Refresh, std::less<>> refreshes_;
    std::map<std::string, std::string> newest_;  ///< token by tenant
    std::map<std::string, std::size_t> rejected_;
    ServitlyModel::Logins counts_;
    std::uint64_t issued_ = 0;
};

}  // namespace garner::sandbox
