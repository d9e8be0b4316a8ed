// Secrets: where they come from, what is refused, and that no message has any part of one.
#include "settings/support.hpp"

namespace garner::testing {
namespace {

class SettingsSecrets : public SettingsTest {
protected:
    static std::string password(const Loaded& loaded) {
        return std::get<TulipSettings>(loaded.settings->sources.at("press").vendor).password.reveal();
    }

    // The one complaint about the password, without its place and path.
    std::string error_with(const std::string& yaml) const {
        const std::vector<std::string> errors = errors_of(whole(yaml));
        const std::string path = "sources.press.basic_auth.password: ";
        if (errors.size() != 1 || errors[0].find(path) == std::string::npos) return "not one error";
        return errors[0].substr(errors[0].find(path) + path.size());
    }
};

TEST_F(SettingsSecrets, come_from_a_file_beside_the_configuration_without_its_line_end) {
    for (const char* content : {"hunter2", "hunter2\n", "hunter2\r\n"}) {
        write("secrets/tulip", content, 0640);
        const Loaded loaded = load(whole("{file: secrets/tulip}"));
        ASSERT_EQ(texts(loaded.errors), std::vector<std::string>{});
        EXPECT_EQ(password(loaded), "hunter2");
        EXPECT_TRUE(loaded.warnings.empty());
    }
    const std::string path = write("elsewhere", "hunter3", 0400);
    EXPECT_EQ(password(load(whole("{file: " + path + "}"))), "hunter3");
}

TEST_F(SettingsSecrets, are_looked_for_beside_the_file_that_names_them) {
    const std::string text = whole("{file: tulip}");
    write("conf.d/tulip", "from conf.d");
    write("conf.d/a.yaml", text.substr(text.find("sources:")));
    EXPECT_EQ(password(load("version: 1\ninclude: conf.d/*.yaml\n")), "from conf.d");
}

TEST_F(SettingsSecrets, in_files_that_cannot_be_right_are_refused) {
    write("open", "hunter2", 0644);
    EXPECT_EQ(error_with("{file: open}"), "secret file open is open to every user (mode 0644): chmod o= open");
    write("empty", "\n");
    EXPECT_EQ(error_with("{file: empty}"), "secret file empty is empty");
    write("lines", "hunter2\nhunter3\n");
    EXPECT_EQ(error_with("{file: lines}"),
              "secret file lines holds a line break or another control character; it must be one line of text");
    write("nul", std::string("hunter2\0", 8));
    EXPECT_EQ(error_with("{file: nul}"),
              "secret file nul holds a line break or another control character; it must be one line of text");
    write("large", std::string(64 * 1024 + 1, 'a'));
    EXPECT_EQ(error_with("{file: large}"), "secret file large is larger than the 64.0 KiB that are read");
    EXPECT_EQ(error_with("{file: .}"), "secret file " + directory_.string() + " is a directory; a file is meant");
    ASSERT_EQ(::mkfifo((directory_ / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(error_with("{file: fifo}"), "secret file fifo is not a regular file (a pipe, a socket or a device?)");
    EXPECT_EQ(error_with("{file: /dev/zero}"),
              "secret file /dev/zero is not a regular file (a pipe, a socket or a device?)");
    EXPECT_EQ(error_with("{file: none}"), "secret file none cannot be read: No such file or directory");
}

TEST_F(SettingsSecrets, come_from_the_environment) {
    EXPECT_EQ(error_with("{env: TULIP}"), "environment variable TULIP is not set");
    environment_["TULIP"] = "";
    EXPECT_EQ(error_with("{env: TULIP}"), "environment variable TULIP is empty");
    environment_["TULIP"] = "hunter2";
    EXPECT_EQ(password(load(whole("{env: TULIP}"))), "hunter2");
}

TEST_F(SettingsSecrets, come_from_systemd_s_credentials) {
    EXPECT_EQ(
        error_with("{credential: tulip}"),
        "credential tulip cannot be read: $CREDENTIALS_DIRECTORY is not set; the unit needs LoadCredential=tulip:PATH");
    environment_["CREDENTIALS_DIRECTORY"] = (directory_ / "credentials").string();
    EXPECT_EQ(error_with("{credential: tulip}"),
              "credential tulip cannot be read: No such file or directory; the unit needs LoadCredential=tulip:PATH");
    write("credentials/tulip", "hunter2\n", 0440);
    EXPECT_EQ(password(load(whole("{credential: tulip}"))), "hunter2");
}

TEST_F(SettingsSecrets, that_only_the_service_can_read_are_a_warning_for_garner_check) {
    options_.credentials_optional = true;
    const Loaded loaded = load(whole("{credential: tulip}"));
    ASSERT_TRUE(loaded.settings.has_value());
    EXPECT_EQ(shortened(loaded.warnings),
              std::vector<std::string>{
                  ":6:63: sources.press.basic_auth.password: credential tulip can only be read by the service, so "
                  "it was not checked"});
}

TEST_F(SettingsSecrets, in_the_configuration_are_warned_about_where_others_can_read_it) {
    EXPECT_TRUE(load(whole()).warnings.empty());
    const std::string path = write("garner.yaml", whole(), 0644);
    const Loaded loaded = load_settings(path, options_);
    EXPECT_EQ(password(loaded), "hunter2");
    EXPECT_EQ(shortened(loaded.warnings),
              std::vector<std::string>{
                  ":6:50: sources.press.basic_auth.password: a secret in a file that others may read (mode 0644): "
                  "chmod 0600 garner.yaml, or take {file: PATH}"});
}

TEST_F(SettingsSecrets, are_left_alone_by_commands_that_need_none) {
    options_.secrets = Secrets::skip;
    write("garner.yaml", whole(), 0644);
    for (const char* yaml : {"hunter2", "{file: none}", "{env: NONE}", "{credential: none}"}) {
        const Loaded loaded = load(whole(yaml));
        ASSERT_TRUE(loaded.settings.has_value());
        EXPECT_EQ(password(loaded), "");
        EXPECT_TRUE(loaded.warnings.empty());
    }
}

TEST_F(SettingsSecrets, never_appear_in_a_message) {
    const std::string tail = "stores: {archive: {type: local, path: relative}}\n";
    for (const char* yaml :
         {"*hunter2", "@hunter2", "\"hunter2", "\"hunter2\\q\"", "\"hunter2\\n\"", "[hunter2]", "{hunter2: a, file: b}",
          "!hunter2 x", "&hunter2", "hunter2: x", "%hunter2", "|hunter2", "'hunter2''", "{env: hunter2-x}"}) {
        const std::string text =
            "version: 1\nsources:\n  press:\n    type: tulip\n    url: https://x:hunter2@a.example\n"
            "    proxy_url: ftp://x:hunter2@b.example:1\n    basic_auth:\n      username: apikey.2\n"
            "      password: " +
            std::string(yaml) + "\n" + tail;
        const Loaded loaded = load(text);
        EXPECT_FALSE(loaded.errors.empty());
        for (const std::string& message : texts(loaded.errors)) {
            if (message.find("password.hunter2") != std::string::npos) continue;  // there it is a key
            EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
        }
    }
}

}  // namespace
}  // namespace garner::testing
