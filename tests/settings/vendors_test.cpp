// The three vendors: what a source and a job of each become, and the defaults that differ between them.
#include "settings/support.hpp"

namespace garner::testing {
namespace {

class SettingsVendors : public SettingsTest {
protected:
    static std::string servitly_text(const std::string& job, const std::string& source = "") {
        return "version: 1\nsources:\n  fleet:\n    type: servitly\n    url: https://api.servitly.com\n    tenants:\n"
               "      acme: {api_key: key-a, pat: pat-a}\n"
               "      bravo: {api_key: key-b, email: export@bravo.example, password: hunter2}\n" +
               source +
               "stores:\n  archive: {type: local, path: /srv/archive}\n"
               "jobs:\n  telemetry: {source: fleet, schedule: '@daily', stores: archive, " +
               job + "}\n";
    }
    static std::string appgate_text(const std::string& job, const std::string& url = "https://sdp.acme.example") {
        return "version: 1\nsources:\n  perimeter:\n    type: appgate\n    url: " + url +
               "\n    login: {username: backup, password: hunter2}\n"
               "stores:\n  archive: {type: local, path: /srv/archive}\n"
               "jobs:\n  controllers: {source: perimeter, schedule: '@daily', stores: archive, " +
               job + "}\n";
    }

    Settings settings_of(const std::string& text) const {
        Loaded loaded = load(text);
        EXPECT_EQ(texts(loaded.errors), std::vector<std::string>{});
        return loaded.settings ? std::move(*loaded.settings) : Settings();
    }
    ServitlyExport export_of(const std::string& yaml) const {
        return std::get<ServitlyExport>(
            settings_of(servitly_text("tenants: '*', export: " + yaml)).jobs.at("telemetry").options);
    }
    std::optional<WindowRule> window_of(const std::string& yaml) const {
        return settings_of(servitly_text("tenants: '*', export: " + yaml)).jobs.at("telemetry").window;
    }
};

TEST_F(SettingsVendors, a_servitly_source_has_an_account_a_tenant) {
    const Settings settings = settings_of(servitly_text("tenants: ['*']"));
    const SourceSettings& source = settings.sources.at("fleet");
    EXPECT_EQ(source.type, SourceType::servitly);
    const auto& servitly = std::get<ServitlySettings>(source.vendor);
    EXPECT_EQ(servitly.tenant_header, "X-Servitly-Tenant");
    ASSERT_EQ(servitly.tenants.size(), 2U);
    const ServitlyTenant& acme = servitly.tenants.at("acme");
    EXPECT_EQ(acme.name, "acme");
    EXPECT_EQ(acme.api_key.reveal(), "key-a");
    EXPECT_EQ(acme.pat.reveal(), "pat-a");
    EXPECT_TRUE(acme.email.empty() && acme.password.empty());
    const ServitlyTenant& bravo = servitly.tenants.at("bravo");
    EXPECT_TRUE(bravo.pat.empty());
    EXPECT_EQ(bravo.email, "export@bravo.example");
    EXPECT_EQ(bravo.password.reveal(), "hunter2");
}

TEST_F(SettingsVendors, a_servitly_deployment_may_name_its_tenants_and_its_refusals_differently) {
    const Settings settings = settings_of(
        servitly_text("tenants: acme", "    tenant_header: X-Semioty-Tenant\n    busy_words: [occupato]\n"));
    const auto& servitly = std::get<ServitlySettings>(settings.sources.at("fleet").vendor);
    EXPECT_EQ(servitly.tenant_header, "X-Semioty-Tenant");
    EXPECT_EQ(servitly.busy_words, std::vector<std::string>{"occupato"});
    for (const char* wrong : {"Accept", "HOST", "authorization", "'X: y'", "'X\u00fc'"})
        EXPECT_EQ(errors_of(servitly_text("tenants: acme", "    tenant_header: " + std::string(wrong) + "\n")).size(),
                  1U)
            << wrong;
}

TEST_F(SettingsVendors, have_the_pace_and_the_slots_that_each_can_bear) {
    const SourceSettings tulip = settings_of(whole()).sources.at("press");
    const SourceSettings servitly = settings_of(servitly_text("tenants: '*'")).sources.at("fleet");
    const SourceSettings appgate = settings_of(appgate_text("appliances: '*'")).sources.at("perimeter");
    EXPECT_EQ(tulip.max_concurrent_jobs, 1U);
    EXPECT_EQ(servitly.max_concurrent_jobs, 4U);
    EXPECT_EQ(appgate.max_concurrent_jobs, 2U);
    EXPECT_EQ(tulip.poll.initial, std::chrono::seconds(5));
    EXPECT_EQ(servitly.poll.initial, std::chrono::seconds(30));
    EXPECT_EQ(appgate.poll.initial, std::chrono::seconds(5));
    for (const SourceSettings* source : {&tulip, &servitly, &appgate})
        EXPECT_EQ(source->poll.max, std::chrono::minutes(5));
    const SourceSettings own =
        settings_of(servitly_text("tenants: '*'", "    limits: {max_concurrent_jobs: 7}\n    poll: {max: 30s}\n"))
            .sources.at("fleet");
    EXPECT_EQ(own.max_concurrent_jobs, 7U);
    EXPECT_EQ(own.poll.initial, std::chrono::seconds(30));
    EXPECT_EQ(own.poll.max, std::chrono::seconds(30));
}

TEST_F(SettingsVendors, an_appgate_source_logs_in_at_a_provider) {
    const auto login_of = [&](const std::string& text) {
        return std::get<AppgateSettings>(settings_of(text).sources.at("perimeter").vendor);
    };
    const AppgateSettings local = login_of(appgate_text("appliances: '*'"));
    EXPECT_EQ(local.provider, "local");
    EXPECT_EQ(local.username, "backup");
    EXPECT_EQ(local.password.reveal(), "hunter2");
    std::string text = appgate_text("appliances: '*'");
    text.insert(text.find("username"), "provider: service, ");
    EXPECT_EQ(login_of(text).provider, "service");
}

TEST_F(SettingsVendors, an_appgate_url_gets_the_port_and_the_path_of_the_admin_interface) {
    const auto url_of = [&](const std::string& url) {
        return settings_of(appgate_text("appliances: '*'", url)).sources.at("perimeter").http.base_url;
    };
    EXPECT_EQ(url_of("https://SDP.acme.example"), "https://sdp.acme.example:8443/admin");
    EXPECT_EQ(url_of("https://sdp.acme.example/"), "https://sdp.acme.example:8443/admin");
    EXPECT_EQ(url_of("https://sdp.acme.example:444"), "https://sdp.acme.example:444/admin");
    EXPECT_EQ(url_of("https://sdp.acme.example/admin/"), "https://sdp.acme.example:8443/admin");
    EXPECT_EQ(url_of("https://sdp.acme.example:8443/other/admin"), "https://sdp.acme.example:8443/other/admin");
    EXPECT_EQ(url_of("'https://[2001:db8::1]'"), "https://[2001:db8::1]:8443/admin");
    EXPECT_EQ(settings_of(servitly_text("tenants: '*'")).sources.at("fleet").http.base_url, "https://api.servitly.com");
}

TEST_F(SettingsVendors, appliances_are_taken_by_name_tag_and_function) {
    const auto targets_of = [&](const std::string& yaml) {
        return settings_of(appgate_text("appliances: " + yaml)).jobs.at("controllers").targets;
    };
    EXPECT_EQ(targets_of("[controller-1, 'id:x']").include, (std::vector<std::string>{"controller-1", "id:x"}));
    const TargetSelector all = targets_of("{tags: [backup, Berlin], functions: [Controller, LOGSERVER]}");
    EXPECT_EQ(all.include, std::vector<std::string>{"*"});
    EXPECT_EQ(all.tags, (std::vector<std::string>{"backup", "Berlin"}));
    EXPECT_EQ(all.functions, (std::vector<std::string>{"controller", "logserver"}));
    EXPECT_EQ(targets_of("{exclude: 'lab-*', functions: metricsAggregator}").exclude,
              std::vector<std::string>{"lab-*"});
}

TEST_F(SettingsVendors, a_backup_has_logs_only_where_somebody_asks_for_them) {
    const auto backup_of = [&](const std::string& yaml) {
        return std::get<AppgateBackup>(
            settings_of(appgate_text("appliances: '*'" + yaml)).jobs.at("controllers").options);
    };
    EXPECT_FALSE(backup_of("").logs || backup_of("").audit);
    EXPECT_TRUE(backup_of(", backup: {audit: true}").audit);
    EXPECT_FALSE(backup_of(", backup: {audit: true}").logs);
}

TEST_F(SettingsVendors, only_the_options_that_are_set_are_asked_of_servitly) {
    const ServitlyExport plain =
        std::get<ServitlyExport>(settings_of(servitly_text("tenants: '*'")).jobs.at("telemetry").options);
    EXPECT_FALSE(plain.include_unit.has_value() || plain.hash_thing_file_name.has_value());
    EXPECT_EQ(plain.extra, "");
    const ServitlyExport full = export_of(
        "{thing_file_name: '${thing.serialNumber}', hash_thing_file_name: false, customer_id: c, location_id: 010, "
        "thing_id: t, include_unit: true, timestamp_format: EPOCH_MILLIS}");
    EXPECT_EQ(full.thing_file_name, "${thing.serialNumber}");
    EXPECT_EQ(full.hash_thing_file_name, std::optional(false));
    EXPECT_EQ(full.customer_id, "c");
    EXPECT_EQ(full.location_id, "010");
    EXPECT_EQ(full.thing_id, "t");
    EXPECT_EQ(full.include_unit, std::optional(true));
    EXPECT_EQ(full.timestamp_format, "EPOCH_MILLIS");
}

TEST_F(SettingsVendors, metrics_are_ids_or_ids_with_what_they_belong_to) {
    const auto metrics = export_of(
                             "{metrics: [temperature, {metric_id: speed, thing_definition_id: d}, {metric_id: load, "
                             "product_model_id: m, product_model_part_id: p}]}")
                             .metrics;
    ASSERT_EQ(metrics.size(), 3U);
    EXPECT_EQ(metrics[0].metric_id, "temperature");
    EXPECT_EQ(metrics[1].metric_id, "speed");
    EXPECT_EQ(metrics[1].thing_definition_id, "d");
    EXPECT_EQ(metrics[2].product_model_id, "m");
    EXPECT_EQ(metrics[2].product_model_part_id, "p");
    EXPECT_EQ(export_of("{metrics: temperature}").metrics.size(), 1U);
}

TEST_F(SettingsVendors, windows_begin_at_a_local_time_of_the_job) {
    EXPECT_FALSE(window_of("{include_unit: true}").has_value());
    const auto days = window_of("{window: 1d, start: 2026-01-01, settle_delay: 2h}");
    ASSERT_TRUE(days.has_value());
    EXPECT_EQ(days->length, WindowLength::day);
    EXPECT_EQ(days->start, absl::CivilSecond(2026, 1, 1));
    EXPECT_EQ(days->settle_delay, std::chrono::hours(2));
    EXPECT_EQ(days->available_for, std::nullopt);
    EXPECT_EQ(window_of("{window: 1d, start: 2026-01-01, available_for: 90d}")->available_for,
              std::chrono::hours(90 * 24));
    const auto months = window_of("{window: 1mo, start: '2096-02-29T06:30:15'}");
    EXPECT_EQ(months->length, WindowLength::month);
    EXPECT_EQ(months->start, absl::CivilSecond(2096, 2, 29, 6, 30, 15));
    EXPECT_EQ(months->settle_delay, Duration(0));
    EXPECT_EQ(window_of("{window: 1w, start: 1970-01-01}")->length, WindowLength::week);
    EXPECT_EQ(window_of("{window: 1h, start: 1986-01-01}")->length, WindowLength::hour);
    for (const char* wrong : {"2026-1-1", "2026-13-01", "2025-02-29", "2026-01-01T24:00:00", "2026-01-01T06:00",
                              "2026-01-01 06:00:00", "20260101", "yesterday", "2100-01-01", "0000-01-01"})
        EXPECT_EQ(
            errors_of(servitly_text("tenants: '*', export: {window: 1d, start: '" + std::string(wrong) + "'}")).size(),
            1U)
            << wrong;
}

TEST_F(SettingsVendors, further_members_are_passed_through_as_json) {
    const auto extra = [&](const std::string& yaml) { return export_of("{extra: " + yaml + "}").extra; };
    EXPECT_EQ(extra("{}"), "");
    EXPECT_EQ(extra("{dateTime: 1767225600000, ratio: -0.5e3, ok: true, none: null, text: plain}"),
              R"({"dateTime":1767225600000,"ratio":-0.5e3,"ok":true,"none":null,"text":"plain"})");
    EXPECT_EQ(extra("{a: '1', b: \"true\", c: 'null', d: 2026-01-01, e: 10.0.0.1, f: yes, g: 5f}"),
              R"({"a":"1","b":"true","c":"null","d":"2026-01-01","e":"10.0.0.1","f":"yes","g":"5f"})");
    EXPECT_EQ(extra("{thingDefinitionIds: [a, 1, [], {}], deep: {x-key: {name: n}}}"),
              R"({"thingDefinitionIds":["a",1,[],{}],"deep":{"x-key":{"name":"n"}}})");
    EXPECT_EQ(extra("{a: \"say \\\"\\\\\\n\\u00fc\\\"\"}"), "{\"a\":\"say \\\"\\\\\\u000a\u00fc\\\"\"}");
}

TEST_F(SettingsVendors, further_members_have_bounds) {
    const auto error_of = [&](const std::string& yaml) {
        const auto errors = errors_of(servitly_text("tenants: '*', export: {extra: " + yaml + "}"));
        return errors.size() == 1 ? errors[0].substr(errors[0].find("extra")) : "not one error";
    };
    for (const char* wrong : {"010", "+1", ".5", "1_000", "0x1F", ".inf", "-.Inf", "1."})
        EXPECT_EQ(error_of("{a: " + std::string(wrong) + "}"),
                  "extra.a: '" + std::string(wrong) +
                      "' is no number as JSON has it; write it in plain decimal digits, or in quotes where text is "
                      "meant");
    EXPECT_EQ(error_of("{a: 99999999999999999999}"),
              "extra.a: '99999999999999999999' is too large for a number; put it in quotes where text is meant");
    EXPECT_EQ(error_of("{a: [{b: FALSE}]}"), "extra.a[0].b: write false, or put 'FALSE' in quotes where text is meant");
    EXPECT_EQ(error_of("{a: [[[[[[[[[[1]]]]]]]]]]}"),
              "extra.a[0][0][0][0][0][0][0][0]: is nested more than 8 levels deep");
    EXPECT_EQ(error_of("[a]"), "extra: must be a map of keys and values, not a list");
    std::string large = "{";
    for (int i = 0; i < 9000; ++i) large += "key" + std::to_string(i) + ": 1, ";
    EXPECT_EQ(error_of(large + "z: 1}"), "extra: is longer than the 64.0 KiB that are sent");
    EXPECT_EQ(error_of("{thing_id: t}"),
              "extra.thing_id: is set by garner, from the keys beside this map; leave it out here");
}

TEST_F(SettingsVendors, a_glob_that_takes_no_tenant_is_warned_about) {
    const Loaded loaded = load(servitly_text("tenants: [acme, 'z*']"));
    ASSERT_TRUE(loaded.settings.has_value());
    EXPECT_EQ(shortened(loaded.warnings),
              std::vector<std::string>{":12:83: jobs.telemetry.tenants[1]: takes no tenant of source 'fleet'"});
    EXPECT_EQ(settings_of(servitly_text("tenants: ['id:acme', 'b*']")).jobs.at("telemetry").targets.include,
              (std::vector<std::string>{"id:acme", "b*"}));
}

TEST_F(SettingsVendors, secrets_of_tenants_and_logins_are_read_and_warned_about_like_all_others) {
    const std::string text = servitly_text("tenants: '*'");
    const Loaded open = load_settings(write("garner.yaml", text, 0644), options_);
    ASSERT_TRUE(open.settings.has_value());
    EXPECT_EQ(open.warnings.size(), 4U);
    for (const Diagnostic& warning : open.warnings)
        EXPECT_NE(warning.message.find("chmod 0600"), std::string::npos) << warning.text();

    options_.credentials_optional = true;
    std::string credential = appgate_text("appliances: '*'");
    credential.replace(credential.find("hunter2"), 7, "{credential: sdp}");
    const Loaded unread = load(credential);
    EXPECT_EQ(shortened(unread.warnings),
              std::vector<std::string>{":6:54: sources.perimeter.login.password: credential sdp can only be read by "
                                       "the service, so it was not checked"});
    environment_["CREDENTIALS_DIRECTORY"] = directory_.string();
    write("sdp", "from systemd\n");
    EXPECT_EQ(std::get<AppgateSettings>(load(credential).settings->sources.at("perimeter").vendor).password.reveal(),
              "from systemd");
}

TEST_F(SettingsVendors, call_back_where_the_listener_is_reached) {
    EXPECT_EQ(settings_of(whole()).web.callback_url, "");
    EXPECT_EQ(
        settings_of(whole() + "web: {callback_url: 'HTTPS://Garner.Plant.example:9847/garner/'}\n").web.callback_url,
        "https://garner.plant.example:9847/garner");
    EXPECT_EQ(settings_of(whole() + "web: {callback_url: 'http://10.0.0.5:9847'}\n").web.callback_url,
              "http://10.0.0.5:9847");
}

}  // namespace
}  // namespace garner::testing
