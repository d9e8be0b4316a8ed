// Which file speaks for which vendor, and what makes a login another one.
#include "connectors/appgate.hpp"
#include "connectors/connector.hpp"
#include "connectors/servitly.hpp"
#include "connectors/tulip.hpp"
#include "platform/sha256.hpp"

namespace garner {

std::unique_ptr<Connector> make_connector(const SourceSettings& settings, ConnectorTools tools) {
    switch (settings.type) {
        case SourceType::tulip:
            return make_tulip_connector(settings, std::move(tools));
        case SourceType::servitly:
            return make_servitly_connector(settings, std::move(tools));
        case SourceType::appgate:
            return make_appgate_connector(settings, std::move(tools));
    }
    return nullptr;
}

std::string login_fingerprint(const SourceSettings& settings, const std::string& account) {
    Sha256 digest;
    const auto add = [&](std::string_view text) {
        digest.update(text);
        digest.update(std::string_view("\0", 1));
    };
    add("garner login");
    add(settings.name);
    add(settings.http.base_url);
    if (const auto* tulip = std::get_if<TulipSettings>(&settings.vendor)) {
        add(tulip->workspace);
        add(tulip->username);
        add(tulip->password.reveal());
    } else if (const auto* servitly = std::get_if<ServitlySettings>(&settings.vendor)) {
        add(servitly->tenant_header);
        add(account);
        const auto tenant = servitly->tenants.find(account);
        if (tenant != servitly->tenants.end())
            for (const std::string* part : {&tenant->second.api_key.reveal(), &tenant->second.pat.reveal(),
                                            &tenant->second.email, &tenant->second.password.reveal()})
                add(*part);
    } else if (const auto* appgate = std::get_if<AppgateSettings>(&settings.vendor)) {
        add(appgate->provider);
        add(appgate->username);
        add(appgate->password.reveal());
    }
    return digest.finish();
}

std::string list_fingerprint(const SourceSettings& settings) {
    Sha256 digest;
    digest.update("garner list");
    digest.update(to_string(settings.type));
    digest.update(login_fingerprint(settings, ""));
    if (const auto* servitly = std::get_if<ServitlySettings>(&settings.vendor))
        for (const auto& [name, _] : servitly->tenants) {
            digest.update(std::string_view("\0", 1));
            digest.update(name);
        }
    return digest.finish();
}

}  // namespace garner
