// Tulip as the contract's subject: a workspace-level token.
#include "subject.hpp"

#include "connectors/tulip.hpp"

namespace garner {

Subject tulip_subject() {
    Subject tulip;
    tulip.name = "tulip";
    tulip.make = [](ConnectorTools tools) {
        SourceSettings settings;
        settings.name = "plant";
        settings.http.base_url = "https://acme.tulip.co";
        settings.vendor = TulipSettings{"", "apikey.2_token", Secret("hunter2-hunter2")};
        return make_connector(settings, std::move(tools));
    };
    tulip.target = {"jEhPkrTKkBNxRQpvz", "Press 1"};
    tulip.remote_job = "Yadf9otHTjEhPkrTK";
    tulip.listed = {{"jEhPkrTKkBNxRQpvz", "Press 1"}, {"m2", "Press 2"}, {"m3", "Saw"}};
    tulip.resource = "https://s3.example/acme/x.csv?X-Amz-Signature=aB%2F%2b+c&x=../y#z";
    tulip.good_list = R"([{"id":"t1","name":"Presses","machines":[{"id":"jEhPkrTKkBNxRQpvz","name":"Press 1"},)"
                      R"({"id":"m2","name":"Press 2"}]},{"id":"t2","name":"None","machines":[]},)"
                      R"({"id":"t3","name":"Saws","machines":[{"id":"m3","name":"Saw","extra":{"a":[1]}}]}])";
    tulip.good_start = R"({"id":"Yadf9otHTjEhPkrTK","type":"ddm-machine-activity-export","status":"complete"})";
    tulip.good_pending = R"({"id":"Yadf9otHTjEhPkrTK","type":"ddm-machine-activity-export","status":"pending"})";
    tulip.good_ready = R"({"id":"Yadf9otHTjEhPkrTK","status":"complete","resource":")" + tulip.resource + R"("})";
    tulip.error_id = "aB3+/xyzaB3+/xyzaB3+/xyzaB3+/xyzaB3+/xyz012";
    tulip.error_body =
        R"({"errorCode":"SomeError","errorUniqueID":")" + tulip.error_id + R"(","details":"the details"})";
    tulip.foreign_error = R"({"message":"from a gateway"})";
    tulip.escaped_error = R"({"errorCode":"%s","errorUniqueID":"%s","details":"you sent %s"})";
    tulip.wrong_answers = {R"({"id":42,"status":"complete"})", R"({"id":null,"status":null})",
                           R"({"id":"","status":""})", R"({"id":["a"],"status":["complete"]})"};
    const std::string base = "https://acme.tulip.co/api/v3/machines";
    tulip.list_url = base;
    tulip.start_url = base + "/archive/jEhPkrTKkBNxRQpvz";
    tulip.poll_url = base + "/archive/csv/Yadf9otHTjEhPkrTK";
    tulip.login_words = "basic_auth";
    tulip.scope_words = {
        {Verb::list, {"machines:read"}}, {Verb::start, {"machines:write"}}, {Verb::poll, {"machines:read"}}};
    tulip.authorization = "Basic YXBpa2V5LjJfdG9rZW46aHVudGVyMi1odW50ZXIy";
    tulip.secrets = {"hunter2-hunter2", "YXBpa2V5LjJfdG9rZW46aHVudGVyMi1odW50ZXIy"};
    return tulip;
}

}  // namespace garner
