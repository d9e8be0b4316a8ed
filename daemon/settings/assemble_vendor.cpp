#include "settings/assemble_vendor.hpp"

#include <string>
#include <utility>

namespace garner {
namespace {

TulipSettings read_tulip(const Checked& source, SecretReader& secrets, Report& report) {
    TulipSettings tulip;
    source.read("workspace", tulip.workspace);
    const Checked* login = source.find("basic_auth");
    if (login == nullptr) return tulip;
    login->read("username", tulip.username);
    if (const Checked* password = login->find("password")) tulip.password = secrets.read(*password);
    if (const Checked* name = login->find("username"); name != nullptr && !name->text().starts_with("apikey."))
        report.warning(name->place, name->path,
                       "a Tulip API token's user name begins with 'apikey.'; this one will be refused");
    return tulip;
}

// A login is a personal access token, or an e-mail address with its password: one of the two.
void check_one_login(const Checked& tenant, Report& report) {
    const auto has = [&](const char* key) { return tenant.find(key) != nullptr || tenant.is_broken(key); };
    const auto missing = [&](const char* key, const char* why) {
        report.error(tenant.key_place, tenant.path + "." + key, why);
    };
    if (has("pat")) {
        for (const char* key : {"email", "password"})
            if (const Checked* extra = tenant.find(key))
                report.error(extra->key_place, extra->path,
                             "is too much: the account logs in with its pat; keep one of the two");
    } else if (has("email") && !has("password")) {
        missing("password", "is missing: an account without pat logs in with email and password");
    } else if (has("password") && !has("email")) {
        missing("email", "is missing: an account without pat logs in with email and password");
    } else if (!has("email")) {
        missing("pat", "is missing: the account's personal access token; or give email and password");
    }
}

ServitlySettings read_servitly(const Checked& source, SecretReader& secrets, Report& report) {
    ServitlySettings servitly;
    source.read("tenant_header", servitly.tenant_header);
    source.read("busy_words", servitly.busy_words);
    const Checked* tenants = source.find("tenants");
    if (tenants == nullptr) return servitly;
    for (const Checked& keys : tenants->parts) {
        ServitlyTenant tenant;
        tenant.name = keys.name;
        const auto read_secret = [&](const char* key, Secret& into) {
            if (const Checked* secret = keys.find(key)) into = secrets.read(*secret);
        };
        read_secret("api_key", tenant.api_key);
        read_secret("pat", tenant.pat);
        read_secret("password", tenant.password);
        keys.read("email", tenant.email);
        check_one_login(keys, report);
        servitly.tenants.emplace(tenant.name, std::move(tenant));
    }
    return servitly;
}

AppgateSettings read_appgate(const Checked& source, SecretReader& secrets) {
    AppgateSettings appgate;
    const Checked* login = source.find("login");
    if (login == nullptr) return appgate;
    login->read("provider", appgate.provider);
    login->read("username", appgate.username);
    if (const Checked* password = login->find("password")) appgate.password = secrets.read(*password);
    return appgate;
}

}  // namespace

std::optional<SourceType> source_type_of(const Checked& source) {
    const Checked* key = source.find("type");
    if (key == nullptr) return std::nullopt;
    for (const SourceType type : {SourceType::tulip, SourceType::servitly, SourceType::appgate})
        if (key->text() == to_string(type)) return type;
    return std::nullopt;
}

std::variant<TulipSettings, ServitlySettings, AppgateSettings> assemble_vendor(const Checked& source, SourceType type,
                                                                               SecretReader& secrets, Report& report) {
    switch (type) {
        case SourceType::tulip:
            return read_tulip(source, secrets, report);
        case SourceType::servitly:
            return read_servitly(source, secrets, report);
        case SourceType::appgate:
            return read_appgate(source, secrets);
    }
    return TulipSettings();
}

}  // namespace garner
