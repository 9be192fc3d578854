"""What are the words around forecasts called?"""

from enum import StrEnum
from typing import Any

from orderhub.domain.forecast_run import Model, Note, RunState, Stage
from orderhub.domain.weather import WeatherSource
from orderhub.intake.driver_sheet import DriverKind

Pair = tuple[str, str]

FORECAST_LABELS: dict[type[StrEnum], dict[Any, Pair]] = {
    RunState: {
        RunState.WAITING: ("等待开始", "Waiting"),
        RunState.RUNNING: ("计算中", "Running"),
        RunState.DONE: ("完成", "Done"),
        RunState.CANCELLED: ("已取消", "Cancelled"),
        RunState.BROKEN: ("中断", "Broken off"),
    },
    Stage: {
        Stage.GATHERING: ("汇总订单", "Gathering orders"),
        Stage.TESTING: ("回测", "Back-test"),
        Stage.FORECASTING: ("预测", "Forecasting"),
        Stage.KEEPING: ("保存", "Keeping"),
    },
    Model: {
        Model.NAIVE: ("重复近 14 天（朴素）", "Last 14 days again (naive)"),
        Model.SEASONAL: ("上周同日（朴素）", "Last week again (naive)"),
        Model.SMOOTHED: ("指数平滑", "Smoothed level"),
        Model.SLOW: ("间歇需求", "Slow sellers"),
        Model.BOOSTED: ("梯度提升树", "Gradient boosting"),
        Model.BLENDED: ("组合", "Blend"),
        Model.KIN: ("参照同类新品", "Kin of new ones"),
    },
    DriverKind: {
        DriverKind.ADVERTISING: ("广告费", "Advertising"),
        DriverKind.HOLIDAYS: ("节假日", "Holidays"),
        DriverKind.WEATHER: ("天气", "Weather"),
    },
    Note: {
        Note.NEGATIVE: ("负数：未采用", "negative: not used"),
        Note.CANCELLED: ("取消：抵掉对应销售", "cancellations: the sale they match is taken away"),
        Note.REPEATED: ("重复行：只算一次", "repeats: counted once"),
        Note.NOT_GOODS: ("非商品行：未采用", "no goods: left out"),
        Note.NO_PRICE: ("无价格：未采用", "no price: left out"),
        Note.UNREADABLE: ("读不懂的行：未采用", "unreadable rows: left out"),
        Note.GAP: ("无记录的日子：按零销量", "days without a row: nothing sold"),
        Note.NO_SALES: ("从未售出：不预测", "never sold: not forecast"),
        Note.SHORT: ("天历史，不足一年：学不到季节", "days of history, under a year: no season can be learnt"),
        Note.FEW_SELLING_DAYS: ("售出天数太少：不参与回测", "sold on too few days: not in the back-test"),
        Note.UNKNOWN_SKU: ("编码不认识：未采用", "unknown SKUs: left out"),
        Note.UNKNOWN_REGION: ("仓库不认识：未采用", "unknown warehouses: left out"),
        Note.UNMATCHED: ("找不到对应销售的取消：未采用", "cancellations without a sale: left out"),
        Note.OUTSIDE: ("日期超出范围：未采用", "days out of range: left out"),
        Note.NEW: ("新品（不满 28 天）：参照同类", "new (under 28 days): by their kin"),
        Note.SLOW: ("间歇商品（四天售出不到一天）", "slow (sold on fewer than one day of four)"),
        Note.NO_HOLIDAYS: ("天的节假日未公布：只按周末", "days without published holidays: weekends alone"),
        Note.WEATHER_FILE: ("天·区域的天气来自文件", "region-days of weather from a file"),
        Note.WEATHER_MEASURED: ("天·区域的天气为实测（Open-Meteo）", "region-days of weather as it was (Open-Meteo)"),
        Note.WEATHER_FORECAST: ("天·区域的天气为预报（Open-Meteo）", "region-days of weather forecast (Open-Meteo)"),
        Note.WEATHER_USUAL: ("天·区域没有天气：按往年同期", "region-days without weather: as usual for the season"),
        Note.NO_WEATHER: ("个区域没有任何天气：本次不用天气", "regions without any weather: forecast without it"),
    },
    WeatherSource: {
        WeatherSource.FORECAST: ("预报", "Forecast"),
        WeatherSource.MEASURED: ("实测", "Measured"),
        WeatherSource.FILE: ("文件", "File"),
    },
}
FORECAST_EVENTS: dict[str, Pair] = {
    "forecast_asked": ("开始需求预测", "Forecast asked for"),
    "forecast_ended": ("需求预测结束", "Forecast ended"),
    "advertising_put": ("上传广告费", "Advertising uploaded"),
    "holidays_put": ("上传节假日", "Holidays uploaded"),
    "weather_put": ("记录天气", "Weather kept"),
    "forecast_exported": ("下载预测", "Forecast downloaded"),
}
FORECAST_SUBJECTS: dict[str, Pair] = {
    "forecast_run": ("需求预测", "Forecast"),
    "advertising": ("广告费", "Advertising"),
    "holiday": ("节假日", "Holidays"),
    "weather": ("天气", "Weather"),
}
