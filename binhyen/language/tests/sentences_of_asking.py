"""Made-up messages to the officer in charge: plain status questions, and some that complain. One per line."""

PURE = """
việc của tôi sao rồi ạ
Cho hỏi đơn của tôi giải quyết chưa
công an có nhận được tin của tôi không
vụ của em đến đâu rồi ạ
việc của tui tới mô rồi hè
Cho em hỏi vụ mất xe có kết quả chưa ạ
anh ơi vụ trộm nhà em xử lý chưa ạ
có tin gì mới chưa ạ
có kết quả chưa anh
Tin tôi báo hôm qua đã nhận được chưa
bên mình xử lý đến đâu rồi ạ
em hỏi thăm tình hình vụ của em với ạ
Cán bộ cho tôi hỏi hồ sơ của tôi xong chưa
khi nào thì có kết quả vậy ạ
bao giờ giải quyết xong hả anh
Dạ vụ nhà bác thế nào rồi cháu
tìm được xe chưa ạ
xe của em đã tìm thấy chưa các anh
việc tôi báo răng rồi
chuyện hôm trước em báo thế nào rồi ạ
công an xã xem đơn của tôi chưa ạ
các anh đã xác minh được gì chưa ạ
anh cho em xin kết quả vụ em báo với ạ
đơn e gửi tuần trước có kq chưa a
sao rồi anh
hỏi thăm chút, việc tôi nhờ hôm nọ đã xong chưa ạ
Mã K7M2-9QXD tới đâu rồi ạ
Công an ơi, tin của tôi báo sáng nay xử lý chưa?
Xin hỏi tin báo ở chợ Nghèn tối qua đã tiếp nhận chưa ạ
Đã bắt được kẻ trộm chưa ạ
Tôi muốn biết đơn của tôi chuyển đi đâu rồi
Cho tôi hỏi tin tôi gửi công an đã đọc chưa
Vụ việc của gia đình tôi đã giải quyết đến đâu rồi ạ
Dạ cho cháu hỏi kết quả vụ của cháu với ạ
Hồ sơ em nộp tuần trước có kết quả chưa ạ
Anh chị cho em hỏi tin em báo đã được xử lý chưa
Tin báo của tôi đã có ai tiếp nhận chưa
các anh nhận được tin chưa ạ
Đơn của em tới lượt chưa ạ
Tin của tôi có được xem xét không
sao rồi ạ
thế nào rồi các anh
Có gì mới không ạ
Xe máy của tôi mất hôm 12 tìm thấy chưa
Dạ em muốn hỏi về việc em báo hôm thứ 2
khi nào em nhận được kết quả ạ
cho hỏi vụ mất trộm nhà tôi đã có thông tin gì chưa
công an đã xuống kiểm tra chưa ạ
Cháu gửi tin từ hôm qua, không biết các chú nhận được chưa ạ
bao giờ có kết quả vậy anh
Việc tôi phản ánh đã xử lý tới đâu rồi
Tôi hỏi lại vụ hôm qua sao rồi
a ơi vụ e báo tới đâu rồi
ad ơi tin của mình đã nhận chưa
đã xử lý chưa ạ
Cho em xin cập nhật vụ việc ạ
em hỏi vụ ồn ào karaoke tối qua xử lý sao rồi ạ
Anh công an ơi vụ của em sao rồi
đã tìm được chủ xe chưa ạ
xin cho biết tình hình giải quyết đơn của tôi
Nay có kết quả chưa mấy anh
việc của nhà em tới đâu rồi anh
Tôi muốn biết tiến độ xử lý
chưa có kết quả hả anh
vẫn chưa có kết quả ạ
có tin tức gì về con tôi chưa
con chó nhà em tìm được chưa ạ
báo cáo của tôi có ai đọc chưa
""".strip().splitlines()

BLAME = """
sao các anh ém đơn của tôi
anh Tuấn cầm tiền rồi mà chưa xong
đơn của tôi gửi 3 tháng rồi sao công an im lặng thế
công an nhận tiền của nó rồi nên không xử lý phải không
sao gọi mãi mà công an không xuống
đồng chí Hùng đã giải quyết chưa hay lại ngâm đơn của tôi
bao giờ các anh mới chịu giải quyết
vụ của tôi chìm xuồng rồi à
các anh bao che cho nó đến bao giờ
anh cảnh sát khu vực hứa mà có làm gì đâu
đơn của tôi bị bỏ quên rồi phải không
vòi tiền xong rồi có giải quyết không
công an xã đánh con tôi việc đó xử lý chưa
Trưởng công an xã nhận phong bì đã xử lý chưa
sao việc của tôi mãi không giải quyết
việc của tôi sao rồi, anh Nam bảo đưa 2 triệu thì mới làm
mấy ông công an lười quá, đơn tôi đến đâu rồi
sao rồi? làm ăn kiểu gì thế
đơn của tôi giải quyết chưa mà thái độ thế
chú công an chửi mẹ em hôm qua xử lý chưa ạ
vì sao không lập biên bản, vụ của tôi đến đâu rồi
kêu hoài không ai trả lời, xem thường dân à
đơn tố cáo anh Long công an xã giải quyết chưa
đơn tôi khiếu nại cán bộ xã tới đâu rồi
sao công an lấy xe của tôi không trả
đưa tiền rồi sao chưa xong
Công an làm mất giấy tờ của tôi, giờ sao rồi
công an có nhận được tin của tôi không mà không ai xuống
nhận đơn rồi để đó à
đơn của tôi có kết quả chưa, cán bộ tiếp dân hách dịch quá
cậy quyền rồi không giải quyết cho dân à
đơn của tôi các anh ém đến đâu rồi
công an không nhận, không xử lý đơn của tôi, thế nào rồi
vụ công an đánh bạc xử lý chưa
phản ánh cán bộ xã của tôi giải quyết chưa
Sao đơn của tôi bị trả lại hoài vậy
anh Hùng nhận phong bì rồi mà chưa làm cho tôi
mấy anh ăn tiền rồi im luôn à
giải quyết kiểu gì mà lâu thế
các ông định để dân chờ đến bao giờ
Công an xã không thèm trả lời tôi
tôi báo ba lần rồi mà không ai xuống
đơn tôi gửi bị vứt xó rồi đúng không
Anh Sơn bảo tôi rút đơn
công an dọa tôi không được báo nữa
vụ của tôi chắc bị ỉm rồi
các anh vô trách nhiệm quá
tôi sẽ kiện công an xã vì không giải quyết
bao giờ các anh mới thôi bao che cho nó
đơn của tôi đến đâu rồi, hay lại cho vào sọt rác
việc của tôi giải quyết chưa, anh Bình hẹn lên hẹn xuống
sao không ai giải quyết cho tôi
nhận tin rồi bỏ đó luôn
vụ em báo các anh để lộ cho nó biết rồi
anh cán bộ trực nạt tôi, đơn tôi tới đâu rồi
cán bộ làm mất đơn của tôi rồi phải không
anh công an nhắn tin tán em, vụ của em sao rồi
công an đòi tiền mới giải quyết
các anh giải quyết thiên vị quá
trưởng công an là anh nó nên chưa xử lý à
""".strip().splitlines()
