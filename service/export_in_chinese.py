"""The words of a customer's archive in Simplified Chinese: what each file is. Knows no data and reads none."""

from collections.abc import Mapping

FILES: Mapping[str, str] = {
    "purchases.csv": "您购买和退回的商品",
    "devices.csv": "您告知我们拥有的设备",
    "views.csv": "您浏览过的商品",
    "searches.csv": "您搜索过的内容",
    "cart_additions.csv": "您加入购物车的商品",
    "preferences.csv": "您告知我们的喜好、不喜欢的、尺码和预算",
    "occasions.csv": "您告知我们的纪念日等重要日子",
    "contact.csv": "您希望以何种方式、在何时、多久一次收到联系",
    "feedback.csv": "您对推荐和到店体验的反馈",
    "contacts.csv": "本店何时、以何种方式、就何事联系过您或计划联系您",
    "tasks.csv": "请店员为您做的事，以及结果",
    "uses.csv": "使用记录：哪次推荐、为何目的、依据您的哪项同意，使用了您的哪些信息",
    "answers.csv": "最近一刻钟内为您生成的推荐，以备传送中丢失时重新取回",
    "messages.csv": "本店消息中指明您为收件人的记录",
    "consents.csv": "您先后同意、拒绝和撤回的内容；每一行都有一个哈希值，下一行会重复它",
    "consent_chain.csv": "该记录链的编号，以及证明它属于您的密值（盐）；删除您的信息时，两者一并删除",
    "calls.csv": "您最近一天发出的请求，仅存哈希值，以免重复计算",
}
"""File -> what it is."""

_README = """本店在此存储的关于客户 {customer_id} 的全部信息，截至 {moment}。

customer.json        以下全部内容，合为一个文件，供程序读取（JSON）
{files}

.csv 文件是表格，可用任何电子表格软件打开：UTF-8 编码，单元格以逗号分隔，第一行是列名。
时间均为世界协调时（UTC）。表格为空，表示没有存储此类信息。

以 = + - @ 或 ' 开头的单元格（及其全角形式、制表符、换行符），前面会加一个 '，
以免电子表格软件把它当作公式运行。去掉第一个 ' 即为存储的原值；customer.json 中均为原值。

每项同意都有一份经签名的同意回执，可逐一获取：/v1/customers/{customer_id}/consents/.../receipt
"""


def readme(customer_id: str, moment: str) -> str:
    """What the archive is, for who opens it."""
    files = "\n".join(f"{file:<20} {about}" for file, about in FILES.items())
    return _README.format(customer_id=customer_id, moment=moment, files=files)
